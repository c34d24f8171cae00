import type { ChangedPaths } from "./changed-paths.ts";
import { compileNameFilter } from "./name-filter.ts";

/** Whether watched files changed. `unknown` must be treated as a change: build fresh rather than from an old cache. */
export type ChangeDetection =
  | { readonly state: "changed"; readonly matched: readonly { readonly path: string; readonly pattern: string }[] }
  | { readonly state: "unchanged" }
  | { readonly state: "unknown"; readonly because: string };

/**
 * Says whether any watched file changed. The patterns are those of GitHub's path filters, anchored at the root of the
 * Git repository: `setup.cfg` is that one file, neither `src/setup.cfg` nor `src/setup_cfg.py`.
 *
 * @throws BayplanError `INVALID_INPUT` when a pattern is not valid.
 */
export function detectChanges(watch: readonly string[], changes: ChangedPaths): ChangeDetection {
  const filter = compileNameFilter(watch, { label: "list of watched files" });
  if (changes.state === "unknown") return { state: "unknown", because: changes.because };
  const matched = changes.paths.flatMap((path) => {
    const { isMatch, pattern } = filter.judge(path);
    return isMatch && pattern !== undefined ? [{ path, pattern }] : [];
  });
  if (matched.length > 0) return { state: "changed", matched };
  return changes.state === "known"
    ? { state: "unchanged" }
    : { state: "unknown", because: "the list of changes is incomplete" };
}
