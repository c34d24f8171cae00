import { gitHubRefusal } from "./github-answer.ts";
import { invalidRequest, isRecord, parseJsonBody } from "./json-body.ts";
import type { SimulatedGitRepository, SimulatedWorkflow } from "./simulated-workflow.ts";

/** A dispatch that GitHub would accept. */
export interface CheckedDispatch {
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly isDetailed: boolean;
}

/** What the server and the API version allow in a dispatch. */
export interface DispatchLimits {
  readonly maxInputs: number;
  /** Whether `return_run_details` may be sent; what is answered to members that may not. */
  readonly takesRunDetails: boolean;
  readonly unknownMemberStatus: 400 | 422;
}

const maxPayloadCharacters = 65_535;

/** Reads the body of a dispatch, refusing what GitHub refuses (422, or 400 for what is not JSON). */
export function checkDispatch(
  text: string,
  target: { readonly gitRepository: SimulatedGitRepository; readonly workflow: SimulatedWorkflow },
  limits: DispatchLimits,
): CheckedDispatch {
  const body = parseJsonBody(text);
  const allowed = limits.takesRunDetails ? ["ref", "inputs", "return_run_details"] : ["ref", "inputs"];
  const unknown = Object.keys(body).find((member) => !allowed.includes(member));
  if (unknown !== undefined) {
    throw invalidRequest(`"${unknown}" is not a permitted key.`, limits.unknownMemberStatus);
  }
  if (typeof body["ref"] !== "string") throw invalidRequest(`"ref" wasn't supplied.`);
  const details = body["return_run_details"];
  if (details !== undefined && typeof details !== "boolean") {
    throw invalidRequest("For 'properties/return_run_details', it is not a boolean.");
  }
  checkFile(target.workflow, limits.maxInputs);
  if (target.workflow.dispatchable === false) {
    throw gitHubRefusal(422, "Workflow does not have 'workflow_dispatch' trigger");
  }
  const ref = body["ref"].replace(/^refs\/(?:heads|tags)\//, "");
  if (!(target.gitRepository.refs ?? ["main"]).includes(ref)) {
    throw gitHubRefusal(422, `No ref found for: ${body["ref"]}`);
  }
  return { ref, inputs: checkInputs(body["inputs"] ?? {}, target.workflow, limits), isDetailed: details === true };
}

// https://github.com/rhysd/actionlint/issues/598
function checkFile({ inputs = {}, parseError }: SimulatedWorkflow, maxInputs: number): void {
  const tooMany = `(Line: 1, Col: 1): you may only define up to ${maxInputs} \`inputs\` for a \`workflow_dispatch\` event`;
  const said = parseError ?? (Object.keys(inputs).length > maxInputs ? tooMany : undefined);
  if (said !== undefined) throw gitHubRefusal(422, `failed to parse workflow: ${said}`);
}

function checkInputs(given: unknown, workflow: SimulatedWorkflow, limits: DispatchLimits): Record<string, string> {
  if (!isRecord(given)) throw invalidRequest("For 'properties/inputs', it is not an object.");
  const names = Object.keys(given);
  if (names.length > limits.maxInputs) {
    const message = `No more than ${limits.maxInputs} properties are allowed; ${names.length} were supplied.`;
    throw invalidRequest(message);
  }
  if (JSON.stringify(given).length > maxPayloadCharacters) throw gitHubRefusal(422, "inputs are too large.");
  const declared = workflow.inputs ?? {};
  const unexpected = names.filter((name) => !Object.hasOwn(declared, name));
  if (unexpected.length > 0) {
    throw gitHubRefusal(422, `Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  }
  const inputs: Record<string, string> = {};
  for (const [name, input] of Object.entries(declared)) {
    const value = given[name] ?? input.default;
    if (value === undefined || value === "") {
      if (input.required === true) throw gitHubRefusal(422, `Required input '${name}' not provided`);
      inputs[name] = "";
      continue;
    }
    if (typeof value !== "string") {
      throw invalidRequest(`For 'properties/inputs/${name}', it is not a string.`);
    }
    if (input.options !== undefined && !input.options.includes(value)) {
      throw gitHubRefusal(422, `Provided value '${value}' for input '${name}' not in the list of allowed values`);
    }
    inputs[name] = value;
  }
  return inputs;
}
