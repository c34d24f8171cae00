import { compilePattern, isBayplanError, type Problem } from "@bayplan/core";
import { boundedMatch } from "../metadata-action/bounded-match.ts";
import { refuseInputs } from "./read-inputs.ts";

/** Says whether a text fits. */
export type TextTest = (text: string) => boolean;

// Read differently by the two engines: as a letter in JavaScript, as an anchor, a class or a quotation in RE2.
const otherwiseInRe2 = /\\[AzQECaPpG]|\\x\{|\[:|\[\^?\]/;

/**
 * A regular expression of JavaScript, as the actions written in it use them: found anywhere in the text unless anchored.
 * It runs on RE2 where both mean the same, so in linear time; what RE2 does not know runs with a time limit.
 *
 * @throws BayplanError `INVALID_INPUT` for what is none, and from the test when it does not end within a second.
 */
export function compileJsPattern(source: string, what: string, path: string): TextTest {
  const problem: Problem = { path, found: JSON.stringify(source), expected: "expected a regular expression" };
  if (source.length > 1000) throw refuseInputs(what, [{ ...problem, expected: "expected at most 1000 characters" }]);
  try {
    new RegExp(source);
  } catch {
    throw refuseInputs(what, [problem]);
  }
  const linear = otherwiseInRe2.test(source) ? undefined : compileRe2(source);
  if (linear !== undefined) return (text) => linear.exec(text) !== undefined;
  return (text) => {
    try {
      return boundedMatch(text, source) !== null;
    } catch {
      throw refuseInputs(what, [{ ...problem, expected: "expected a regular expression that ends in time" }]);
    }
  };
}

function compileRe2(source: string): ReturnType<typeof compilePattern> | undefined {
  try {
    return compilePattern(source);
  } catch (error) {
    if (isBayplanError(error)) return undefined;
    throw error;
  }
}
