import { BayplanError } from "../errors.ts";
import { createVersionScheme } from "./create-version-scheme.ts";
import type { VersionScheme } from "./version-scheme.ts";

/** How a list is read. */
export interface VersionListOptions {
  /** A scheme or its name. Default `docker`. */
  readonly scheme?: VersionScheme | string;
  /** What the file is called, for messages. Default `version list`. */
  readonly name?: string;
}

const maxLines = 10_000;

/**
 * The versions of a file with one on each line, in its order and as written (`3.10` never becomes 3.1). Blank lines and
 * comments with `#` are passed over, a version that stands there twice counts once.
 *
 * @throws BayplanError `INVALID_INPUT`, naming the line, for what is no version, or when the list is empty.
 */
export function parseVersionList(content: string, options: VersionListOptions = {}): readonly string[] {
  const { name = "version list" } = options;
  const scheme = createVersionScheme(options.scheme ?? "docker");
  const versions = new Set<string>();
  const lines = content.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  if (lines.length > maxLines) throw refused(`The ${name} has more than ${maxLines} lines.`);
  for (const [index, line] of lines.entries()) {
    const text = line.replace(/(^|\s)#.*$/, "").trim();
    if (text === "") continue;
    if (scheme.parse(text) === undefined) {
      const shown = JSON.stringify(text.slice(0, 80));
      throw refused(
        `Line ${index + 1} of the ${name}, ${shown}, is no version of the scheme ${scheme.name}. Write one version on each line, comments behind #.`,
      );
    }
    versions.add(text);
  }
  if (versions.size === 0) throw refused(`The ${name} names no version. Write one on each line.`);
  return [...versions];
}

function refused(message: string): BayplanError {
  return new BayplanError("INVALID_INPUT", message);
}
