import { gitHubRefusal } from "./github-answer.ts";
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
  const body = parseBody(text);
  const allowed = limits.takesRunDetails ? ["ref", "inputs", "return_run_details"] : ["ref", "inputs"];
  const unknown = Object.keys(body).find((member) => !allowed.includes(member));
  if (unknown !== undefined) {
    throw gitHubRefusal(limits.unknownMemberStatus, `Invalid request.\n\n"${unknown}" is not a permitted key.`);
  }
  if (typeof body["ref"] !== "string") throw gitHubRefusal(422, `Invalid request.\n\n"ref" wasn't supplied.`);
  const details = body["return_run_details"];
  if (details !== undefined && typeof details !== "boolean") {
    throw gitHubRefusal(422, "Invalid request.\n\nFor 'properties/return_run_details', it is not a boolean.");
  }
  if (target.workflow.dispatchable === false) {
    throw gitHubRefusal(422, "Workflow does not have 'workflow_dispatch' trigger");
  }
  const ref = body["ref"].replace(/^refs\/(?:heads|tags)\//, "");
  if (!(target.gitRepository.refs ?? ["main"]).includes(ref)) {
    throw gitHubRefusal(422, `No ref found for: ${body["ref"]}`);
  }
  return { ref, inputs: checkInputs(body["inputs"] ?? {}, target.workflow, limits), isDetailed: details === true };
}

function parseBody(text: string): Readonly<Record<string, unknown>> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw gitHubRefusal(400, "Problems parsing JSON");
  }
  if (isRecord(body)) return body;
  throw gitHubRefusal(400, "Body should be a JSON object");
}

function checkInputs(given: unknown, workflow: SimulatedWorkflow, limits: DispatchLimits): Record<string, string> {
  if (!isRecord(given)) throw gitHubRefusal(422, "Invalid request.\n\nFor 'properties/inputs', it is not an object.");
  const names = Object.keys(given);
  if (names.length > limits.maxInputs) {
    const message = `No more than ${limits.maxInputs} properties are allowed; ${names.length} were supplied.`;
    throw gitHubRefusal(422, `Invalid request.\n\n${message}`);
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
      throw gitHubRefusal(422, `Invalid request.\n\nFor 'properties/inputs/${name}', it is not a string.`);
    }
    if (input.options !== undefined && !input.options.includes(value)) {
      throw gitHubRefusal(422, `Provided value '${value}' for input '${name}' not in the list of allowed values`);
    }
    inputs[name] = value;
  }
  return inputs;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
