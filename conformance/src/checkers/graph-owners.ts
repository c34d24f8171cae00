import type { Owner } from "../owners.ts";
import { checkDockerLibraryPlan, checkPlanOfTimeline } from "./docker-library-plan.ts";
import { checkRebuildReasons } from "./docker-library-reasons.ts";
import { checkDbxMatrix, checkOpencrateMatrix } from "./matrices.ts";
import { checkOfficialImages } from "./official-images.ts";

const sets = ["queue", "blocked"];

/** Who checks graphs, matrices and the plans of docker-library. */
export const graphOwners: readonly Owner[] = [
  { file: /(^|\/)opencrate[^/]*\.json$/, family: "matrix", check: checkOpencrateMatrix },
  { file: /(^|\/)dbx_container[^/]*\.json$/, family: "matrix", check: checkDbxMatrix },
  { file: /(^|\/)official-images-graph[^/]*\.json(\.gz)?$/, family: "*", check: checkOfficialImages },
  { file: /(^|\/)doi-plan-timeline[^/]*\.json(\.gz)?$/, family: "*", check: checkPlanOfTimeline, sets },
  { file: /(^|\/)meta-scripts-test-graph[^/]*\.json(\.gz)?$/, family: "*", check: checkDockerLibraryPlan, sets },
  { file: /(^|\/)doi-rebuild-reasons[^/]*\.json(\.gz)?$/, family: "*", check: checkRebuildReasons },
];
