import { BayplanError } from "@bayplan/core";
import type { CheckedDispatch } from "./check-dispatch.ts";

/** Says that the names of the workflow's runs lack the key. */
export function noKeyInName({ workflow, gitRepository, event }: CheckedDispatch, keyInput: string): BayplanError {
  const where = event === "workflow_dispatch" ? "inputs" : "github.event.client_payload";
  return new BayplanError(
    "RESPONSE_INVALID",
    `GitHub took the dispatch of ${workflow} in ${gitRepository}, but no run carries its key. ` +
      `Put the value that carries the key into the workflow's run-name, for example build [\${{ ${where}.${keyInput} }}].`,
  );
}

/** Says that nobody knows whether the dispatch worked, and why sending it again later is safe. */
export function lostAnswer({ workflow, gitRepository, key }: CheckedDispatch, cause: BayplanError): BayplanError {
  return new BayplanError(
    "UNAVAILABLE",
    `GitHub's answer to the dispatch of ${workflow} in ${gitRepository} was lost, and no run with the key ${key} ` +
      "showed up. It was not sent again. Try later: a run that did start is adopted by its key.",
    { cause, ...(cause.status === undefined ? {} : { status: cause.status }) },
  );
}
