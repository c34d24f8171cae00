import { BayplanError } from "../errors.ts";
import type { CiAdapter } from "../ports/ci.ts";
import type { ExecutePorts } from "../ports/ports.ts";

/**
 * The CI that builds and tests run in.
 *
 * @throws BayplanError `INVALID_INPUT` where none was passed.
 */
export function ciOf({ ci }: Pick<ExecutePorts, "ci">): CiAdapter {
  if (ci === undefined)
    throw new BayplanError("INVALID_INPUT", "The plan builds or tests images, and no CI was passed. Pass `ports.ci`.");
  return ci;
}
