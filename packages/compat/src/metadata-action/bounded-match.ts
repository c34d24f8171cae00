import { createContext, Script } from "node:vm";
import { metadataError } from "./metadata-error.ts";
import { messageOf } from "./metadata-list.ts";

const script = new Script("text.match(expression)");
// Made once and only when needed: a context costs a millisecond.
let sandbox: Record<string, unknown> | undefined;

/** How the expression is used. */
export interface BoundedMatchOptions {
  /** Default none. */
  readonly flags?: string;
  /** Default 1000. */
  readonly timeoutMs?: number;
}

/**
 * What `text.match(expression)` gives, for an expression that somebody else wrote.
 *
 * @throws BayplanError `INVALID_INPUT` for an expression that is none, and when time is over.
 */
export function boundedMatch(
  text: string,
  source: string,
  { flags = "", timeoutMs = 1000 }: BoundedMatchOptions = {},
): RegExpMatchArray | null {
  const place = { path: "tags", found: source, expected: "a regular expression that ends in time" };
  try {
    sandbox ??= createContext({}) as Record<string, unknown>;
    Object.assign(sandbox, { text, expression: new RegExp(source, flags) });
    return script.runInContext(sandbox, { timeout: timeoutMs }) as RegExpMatchArray | null;
  } catch (error) {
    throw metadataError(messageOf(error), place, error);
  }
}
