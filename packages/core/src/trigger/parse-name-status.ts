import { BayplanError } from "../errors.ts";
import type { ChangedPaths } from "./changed-paths.ts";

/** How much of a list is read. */
export interface NameStatusOptions {
  /** Entries read before the answer is `incomplete`. Default 100,000. */
  readonly maxEntries?: number;
}

/**
 * Reads what `git diff --name-status -z <base> <head>` prints. Both names of a renamed or copied file count.
 *
 * @throws BayplanError `INVALID_INPUT` when the text is something else, for example without `-z`.
 */
export function parseNameStatus(text: string, options: NameStatusOptions = {}): ChangedPaths {
  const { maxEntries = 100_000 } = options;
  const paths: string[] = [];
  let position = 0;
  const field = (): string | undefined => {
    const end = text.indexOf("\0", position);
    if (end < 0) return undefined;
    const value = text.slice(position, end);
    position = end + 1;
    return value;
  };
  for (let entries = 0; position < text.length; entries += 1) {
    if (entries >= maxEntries) return { state: "incomplete", paths };
    const status = field();
    const count =
      status === undefined ? 0 : /^[RC]\d{1,3}$/.test(status) ? 2 : /^[ADMTUXB]\d{0,3}$/.test(status) ? 1 : 0;
    if (count === 0) throw invalid(entries);
    for (let name = 0; name < count; name += 1) {
      const path = field();
      if (path === undefined || path === "") throw invalid(entries);
      paths.push(path);
    }
  }
  return { state: "known", paths: [...new Set(paths)] };
}

function invalid(entry: number): BayplanError {
  return new BayplanError(
    "INVALID_INPUT",
    `Entry ${entry + 1} is not what "git diff --name-status -z" prints: a status, then one path, or two after R and C, each ended by a NUL.`,
  );
}
