import { BayplanError } from "../errors.ts";
import type { ChangedPaths } from "./changed-paths.ts";
import { compileNameFilter, type NameFilter } from "./name-filter.ts";
import type { TriggerRef } from "./trigger-ref.ts";

/** The filters of a push or pull request, as a workflow file has them. */
export interface WorkflowFilter {
  /** Branches that fire. For a pull request: the branch it goes to. */
  readonly branches?: readonly string[];
  /** Branches that do not fire. Not together with `branches`. */
  readonly branchesIgnore?: readonly string[];
  readonly tags?: readonly string[];
  /** Not together with `tags`. */
  readonly tagsIgnore?: readonly string[];
  /** At least one changed file passes. Not asked of a pushed tag. */
  readonly paths?: readonly string[];
  /** At least one changed file is not listed. Not together with `paths`. */
  readonly pathsIgnore?: readonly string[];
}

/** Why a filter lets an event through or not. */
export type FilterReason =
  | { readonly code: "not-filtered" }
  | { readonly code: "ref-listed"; readonly name: string; readonly pattern: string | undefined }
  | { readonly code: "ref-not-listed"; readonly name: string; readonly pattern: string | undefined }
  | { readonly code: "ref-kind-not-listed"; readonly kind: TriggerRef["kind"] }
  | { readonly code: "ref-unknown" }
  | { readonly code: "path-listed"; readonly path: string; readonly pattern: string | undefined }
  | { readonly code: "paths-not-listed"; readonly paths: number }
  | { readonly code: "paths-unknown"; readonly because: string };

/** Whether the event passes, and why. */
export interface FilterVerdict {
  readonly fires: boolean;
  readonly reason: FilterReason;
}

/** A compiled {@link WorkflowFilter}. */
export interface CompiledFilter {
  judge(ref: TriggerRef | undefined, changes: ChangedPaths): FilterVerdict;
}

/**
 * Compiles the filters of a workflow. As at GitHub: a workflow that lists only tags does not run for branches and the
 * other way round; both the ref and the paths must pass; paths are not asked of tags; and when the changed files are not
 * known the workflow runs. Other than at GitHub, a shortened list of files counts as not known.
 *
 * @throws BayplanError `INVALID_INPUT` when a pattern is not valid, or a list stands beside the list it excludes.
 */
export function compileWorkflowFilter(filter: WorkflowFilter): CompiledFilter {
  const branches = listPair(filter, "branches", "branchesIgnore");
  const tags = listPair(filter, "tags", "tagsIgnore");
  const paths = listPair(filter, "paths", "pathsIgnore");
  const judgeRef = (ref: TriggerRef | undefined): FilterVerdict => {
    if (branches === undefined && tags === undefined) return { fires: true, reason: { code: "not-filtered" } };
    if (ref === undefined) return { fires: false, reason: { code: "ref-unknown" } };
    const list = ref.kind === "branch" ? branches : ref.kind === "tag" ? tags : undefined;
    if (list === undefined) return { fires: false, reason: { code: "ref-kind-not-listed", kind: ref.kind } };
    const { isMatch, pattern } = list.filter.judge(ref.name);
    const fires = isMatch !== list.ignores;
    return { fires, reason: { code: fires ? "ref-listed" : "ref-not-listed", name: ref.name, pattern } };
  };
  return {
    judge(ref, changes) {
      const byRef = judgeRef(ref);
      if (!byRef.fires || paths === undefined || ref?.kind === "tag") return byRef;
      return judgePaths(paths, changes);
    },
  };
}

interface List {
  readonly filter: NameFilter;
  readonly ignores: boolean;
}

function judgePaths(list: List, changes: ChangedPaths): FilterVerdict {
  if (changes.state === "unknown") return { fires: true, reason: { code: "paths-unknown", because: changes.because } };
  for (const path of changes.paths) {
    const { isMatch, pattern } = list.filter.judge(path);
    if (isMatch !== list.ignores) return { fires: true, reason: { code: "path-listed", path, pattern } };
  }
  if (changes.state === "known") {
    return { fires: false, reason: { code: "paths-not-listed", paths: changes.paths.length } };
  }
  return { fires: true, reason: { code: "paths-unknown", because: "the list of changes is incomplete" } };
}

function listPair(
  filter: WorkflowFilter,
  includes: keyof WorkflowFilter,
  ignores: keyof WorkflowFilter,
): List | undefined {
  const wanted = filter[includes];
  const unwanted = filter[ignores];
  if (wanted !== undefined && unwanted !== undefined) {
    throw new BayplanError(
      "INVALID_INPUT",
      `A filter has both ${includes} and ${ignores}. Keep ${includes}, and write what it shall leave out with "!".`,
    );
  }
  if (wanted !== undefined) return { filter: compileNameFilter(wanted, { label: includes }), ignores: false };
  if (unwanted === undefined) return undefined;
  return { filter: compileNameFilter(unwanted, { label: ignores, negation: false }), ignores: true };
}
