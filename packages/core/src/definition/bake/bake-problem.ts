import { BayplanError, type BayplanErrorCode } from "../../errors.ts";

/** The error for a bake document that buildx would refuse too, or that uses what is not read here. */
export function bakeProblem(
  path: string,
  found: string,
  expected: string,
  code: BayplanErrorCode = "INVALID_INPUT",
): BayplanError {
  const shown = found.length > 120 ? `${found.slice(0, 117)}...` : found;
  const where = path === "" ? "" : ` at ${path}`;
  const message = `The bake file cannot be used${where}: found ${shown}; expected ${expected}.`;
  return new BayplanError(code, message, { problems: [{ path, found: shown, expected }] });
}
