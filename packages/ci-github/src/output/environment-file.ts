import { randomUUID } from "node:crypto";
import { BayplanError } from "@bayplan/core";

const namePattern = /^[A-Za-z_][A-Za-z0-9_-]*$/;
// GitHub measures outputs as UTF-16: two bytes for every unit. 1 MB each.
const maxCharacters = (1024 * 1024) / 2;

/**
 * What is appended to the file that `GITHUB_OUTPUT`, `GITHUB_ENV` or `GITHUB_STATE` names. Every value stands between
 * delimiters that are random and do not occur in it, so no value can end early or set another name.
 *
 * @throws BayplanError `INVALID_INPUT` for a name that is not letters, digits, `_` and `-`, a NUL, or a lone half of a
 * surrogate pair; `UNSUPPORTED` for a value of over 1 MB.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
 */
export function formatEnvironmentFile(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      if (!namePattern.test(name)) throw invalid(name, "named by letters, digits, _ and -");
      if (typeof value !== "string" || value.includes("\0")) throw invalid(name, "a text without NUL");
      if (!isWellFormed(value)) throw invalid(name, "a text that UTF-8 can hold");
      if (value.length > maxCharacters) {
        throw new BayplanError(
          "UNSUPPORTED",
          `The output ${name} is over 1 MB, which GitHub does not take. Use a file.`,
        );
      }
      const delimiter = delimiterFor(value);
      return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
    })
    .join("");
}

function delimiterFor(value: string): string {
  let delimiter = `bayplan_${randomUUID()}`;
  while (value.includes(delimiter)) delimiter = `bayplan_${randomUUID()}`;
  return delimiter;
}

/** `String.prototype.isWellFormed`, without asking the library of the compiler for it. */
function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}

function invalid(name: string, expected: string): BayplanError {
  const shown = JSON.stringify(name.slice(0, 100));
  return new BayplanError("INVALID_INPUT", `The output ${shown} cannot be written: it must be ${expected}.`, {
    problems: [{ path: name.slice(0, 100), found: "something else", expected }],
  });
}
