import { BayplanError } from "../errors.ts";
import { compileFilterPattern, type FilterPattern } from "./filter-pattern.ts";

/** Which names a list of patterns lets through. */
export interface NameFilter {
  /** Whether the name passes, and the pattern that decided; none when no pattern says anything about it. */
  judge(name: string): { readonly isMatch: boolean; readonly pattern: string | undefined };
}

/** How a list of patterns is read. */
export interface NameFilterOptions {
  /** Whether `!` may take names out again. Default true; the `…-ignore` lists know no `!`. */
  readonly negation?: boolean;
  /** What the list is, for messages. Default `filter`. */
  readonly label?: string;
}

const maxPatterns = 1000;

/**
 * Compiles an ordered list of filter patterns. The last pattern that matches a name decides: a `!` takes it out, a later
 * plain pattern takes it in again.
 *
 * @throws BayplanError `INVALID_INPUT` when the list is empty, has only `!` patterns, or one of them is not valid.
 */
export function compileNameFilter(sources: readonly string[], options: NameFilterOptions = {}): NameFilter {
  const { negation = true, label = "filter" } = options;
  if (sources.length === 0 || sources.length > maxPatterns) {
    throw new BayplanError(
      "INVALID_INPUT",
      `The ${label} has ${sources.length} patterns; 1 to ${maxPatterns} are expected.`,
    );
  }
  const patterns: readonly FilterPattern[] = sources.map(compileFilterPattern);
  const negative = patterns.find(({ isNegative }) => isNegative);
  if (negative !== undefined && !negation) {
    throw new BayplanError(
      "INVALID_INPUT",
      `The ${label} holds ${JSON.stringify(negative.source)}: a list that ignores knows no "!". Use the list that includes.`,
    );
  }
  if (patterns.every(({ isNegative }) => isNegative)) {
    throw new BayplanError(
      "INVALID_INPUT",
      `The ${label} only takes names out. Add a pattern without "!" that takes some in.`,
    );
  }
  return {
    judge(name) {
      const decisive = patterns.findLast((pattern) => pattern.test(name));
      return { isMatch: decisive !== undefined && !decisive.isNegative, pattern: decisive?.source };
    },
  };
}
