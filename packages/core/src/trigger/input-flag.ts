import { BayplanError } from "../errors.ts";

/**
 * Reads a switch as workflows pass it: `true` or `false`, as text or not; missing and empty are `undefined`.
 *
 * @throws BayplanError `INVALID_INPUT` for anything else, as `yes` or `1` would be silently off.
 */
export function parseInputFlag(value: unknown, name: string): boolean | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  const found = typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : `of the type ${typeof value}`;
  throw new BayplanError("INVALID_INPUT", `The input ${name} is ${found}; "true", "false" or nothing is expected.`);
}

/** The text of a switch in an environment variable or output: `true`, `false`, or nothing where nobody said. */
export function formatInputFlag(flag: boolean | undefined): "true" | "false" | "" {
  return flag === undefined ? "" : flag ? "true" : "false";
}
