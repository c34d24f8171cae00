import type { Case } from "./case-file.ts";
import { applyOwners } from "./checkers/apply-race.ts";
import { compareOwners } from "./checkers/compare-owners.ts";
import { checkCpythonDispatch } from "./checkers/cpython-dispatch.ts";
import { checkCpythonExists } from "./checkers/cpython-exists.ts";
import { checkCpythonGraph } from "./checkers/cpython-graph.ts";
import { checkCpythonLatest, checkGitHubLatest } from "./checkers/cpython-latest.ts";
import { checkCpythonPlan } from "./checkers/cpython-plan.ts";
import { checkCpythonAlias, checkCpythonTags } from "./checkers/cpython-tags.ts";
import { definitionOwners } from "./checkers/definition-owners.ts";
import { fluxOwners } from "./checkers/flux.ts";
import { graphOwners } from "./checkers/graph-owners.ts";
import { importedRetentionOwners } from "./checkers/imported-retention.ts";
import { metadataActionOwners } from "./checkers/metadata-action-owners.ts";
import { pep440Owners } from "./checkers/pep440.ts";
import { retentionOwners } from "./checkers/retention-owners.ts";
import { retryOwners } from "./checkers/retry-queue.ts";
import { tagOwners } from "./checkers/tag-owners.ts";
import { triggerOwners } from "./checkers/trigger-owners.ts";
import { versionOwners } from "./checkers/version-owners.ts";
import type { Comparison } from "./compare.ts";

/** Maps a case's input to public calls of the library and gives back what they answer, in the words of the case. */
export type Checker = (input: unknown, row: Case) => unknown | Promise<unknown>;

/** One row of the table of checkers. */
export interface Owner extends Comparison {
  /** Matched against the file's name without folders' prefix, for example `pipelines/cpython_sanity.json`. */
  readonly file: RegExp;
  /** The second part of a case's id, its `fn` or its `kind`; `*` for files whose cases have none. */
  readonly family: string;
  /** Which cases of a file without families are meant, by what they expect. Default all. */
  readonly applies?: (row: Case) => boolean;
  readonly check: Checker;
}

const cpython = /(^|\/)cpython_sanity[^/]*\.json$/;

/** Which checkers exist yet. A case that no row owns is counted as `not owned yet`. */
const owners: readonly Owner[] = [
  { file: cpython, family: "latest", check: checkCpythonLatest },
  { file: cpython, family: "latest-inline", check: checkCpythonLatest },
  { file: cpython, family: "gh-latest", check: checkGitHubLatest },
  { file: cpython, family: "tags", check: checkCpythonTags },
  { file: cpython, family: "alias", check: checkCpythonAlias },
  { file: cpython, family: "dispatch", check: checkCpythonDispatch },
  { file: cpython, family: "exists", check: checkCpythonExists },
  { file: cpython, family: "graph", check: checkCpythonGraph },
  { file: cpython, family: "plan", check: checkCpythonPlan },
  ...applyOwners,
  ...compareOwners,
  ...definitionOwners,
  ...graphOwners,
  ...fluxOwners,
  ...importedRetentionOwners,
  ...metadataActionOwners,
  ...pep440Owners,
  ...retentionOwners,
  ...retryOwners,
  ...tagOwners,
  ...triggerOwners,
  ...versionOwners,
];

/** The checker of a case, chosen by file and family, never by id. */
export function ownerOf(file: string, row: Case): Owner | undefined {
  const families = [row.id.split("/")[1], row.row["fn"], row.row["kind"]];
  return owners.find(({ file: files, family, applies }) => {
    return files.test(file) && (family === "*" || families.includes(family)) && applies?.(row) !== false;
  });
}
