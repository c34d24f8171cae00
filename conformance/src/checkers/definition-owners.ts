import type { Case } from "../case-file.ts";
import type { Owner } from "../owners.ts";
import { checkBakeGraph } from "./bake-graph.ts";
import { checkDockerfileFroms, checkDockerfileImages } from "./dockerfile-froms.ts";

const dockerfiles = /(^|\/)dockerfile-froms[^/]*\.json$/;

function listsStages({ expected }: Case): boolean {
  return typeof expected === "object" && expected !== null && "stageFroms" in expected;
}

/** Readers of other people's definitions. */
export const definitionOwners: readonly Owner[] = [
  {
    file: /(^|\/)bake-graph[^/]*\.json$/,
    family: "*",
    sets: ["targets", "groups", "groupNames", "linkedCacheOnly", "edges"],
    byName: ["groups", "args", "outputs"],
    check: checkBakeGraph,
  },
  { file: dockerfiles, family: "*", applies: listsStages, check: checkDockerfileFroms },
  { file: dockerfiles, family: "*", sets: ["froms"], check: checkDockerfileImages },
];
