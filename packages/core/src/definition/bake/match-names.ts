import { bakeProblem } from "./bake-problem.ts";
import type { BakeConfig } from "./expand-matrix.ts";

/** The groups, then the targets that a request names: a name itself, or a pattern with `*`, `?` and `[]`. */
export function matchNames(pattern: string, config: BakeConfig): readonly string[] {
  // As buildx does for names that come from Compose files.
  const name = pattern.replaceAll(".", "_");
  if (!/[*?[\]]/.test(name)) return [name];
  const matches = pathPattern(name);
  const found = [...config.groups.keys(), ...config.targets.keys()].filter((candidate) => matches?.test(candidate));
  if (found.length > 0) return found;
  throw bakeProblem("", `no target matching ${name}`, "a pattern that matches a target or a group");
}

/** Targets that an override names. */
export function matchTargets(pattern: string, config: BakeConfig): readonly string[] {
  if (config.targets.has(pattern)) return [pattern];
  const matches = pathPattern(pattern);
  const found = [...config.targets.keys()].filter((candidate) => matches?.test(candidate));
  if (found.length > 0) return found;
  throw bakeProblem("", `an override of ${pattern}`, "a target, or a pattern that matches one");
}

/** Whether a character fits, or `undefined` for `*`. */
type Part = ((char: string) => boolean) | undefined;

/** Go's `path.Match` for names, which hold no slash; `undefined` for a pattern that is none. */
function pathPattern(pattern: string): { test(name: string): boolean } | undefined {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? "";
    if (char === "[") {
      const [whole = "", negated = "", set = ""] =
        /^\[(\^?)((?:[a-zA-Z0-9_-])+)\]/.exec(pattern.slice(at, at + 300)) ?? [];
      const ranges = set.match(/[a-zA-Z0-9_](?:-[a-zA-Z0-9_])?/g) ?? [];
      if (whole === "" || ranges.join("") !== set) return undefined;
      parts.push(
        (one) => ranges.some((range) => one >= (range[0] ?? "") && one <= (range.at(-1) ?? "")) !== (negated === "^"),
      );
      at += whole.length - 1;
    } else if (char === "*") parts.push(undefined);
    else if (char === "?") parts.push(() => true);
    else parts.push((one) => one === char);
  }
  return { test: (name) => isMatch(parts, name) };
}

/** Goes back to the last `*` only, so that no pattern takes longer than its length times the name's. */
function isMatch(parts: readonly Part[], name: string): boolean {
  let part = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  while (at < name.length) {
    const fits = parts[part];
    if (part < parts.length && fits === undefined) {
      star = part;
      resume = at;
      part += 1;
    } else if (fits?.(name[at] ?? "") === true) {
      part += 1;
      at += 1;
    } else if (star >= 0) {
      part = star + 1;
      resume += 1;
      at = resume;
    } else return false;
  }
  return parts.slice(part).every((rest) => rest === undefined);
}
