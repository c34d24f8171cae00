import { BayplanError } from "../errors.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what Git forbids.
const forbidden = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)/;

/**
 * Checks the name of a branch or tag, short or in full, and gives it back. Beside Git's rules it may not begin with `-`,
 * which a command would take for an option.
 *
 * @throws BayplanError `INVALID_INPUT` when Git would refuse it.
 * @see https://git-scm.com/docs/git-check-ref-format
 */
export function parseGitRefName(name: string, what = "ref"): string {
  const isLegal =
    name !== "" && name !== "@" && name.length <= 1000 && !forbidden.test(name) && !/^[-./]|[./]$/.test(name);
  if (isLegal) return name;
  throw new BayplanError(
    "INVALID_INPUT",
    `The ${what} ${JSON.stringify(name.slice(0, 100))} is no name of a branch or tag. Git allows no spaces, "..", "~^:?*[\\", nor "-" or "/" at its beginning.`,
  );
}
