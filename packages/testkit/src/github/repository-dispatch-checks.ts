import { gitHubRefusal } from "./github-answer.ts";
import { invalidRequest, isRecord, parseJsonBody } from "./json-body.ts";

/** A `repository_dispatch` that GitHub would accept. */
export interface CheckedRepositoryDispatch {
  readonly eventType: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const maxProperties = 10;
const maxBytes = 65_535;

/**
 * Reads the body of a `repository_dispatch`, refusing what GitHub refuses.
 *
 * @see https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event
 */
export function checkRepositoryDispatch(text: string): CheckedRepositoryDispatch {
  const body = parseJsonBody(text);
  const unknown = Object.keys(body).find((member) => member !== "event_type" && member !== "client_payload");
  if (unknown !== undefined) throw invalidRequest(`"${unknown}" is not a permitted key.`);
  const { event_type: eventType, client_payload: payload = {} } = body;
  if (eventType === undefined) throw invalidRequest(`"event_type" wasn't supplied.`);
  if (typeof eventType !== "string") throw invalidRequest("For 'properties/event_type', it is not a string.");
  if (eventType.length < 1 || eventType.length > 100) {
    throw invalidRequest(`For 'properties/event_type', its length is ${eventType.length}, not 1 to 100.`);
  }
  if (!isRecord(payload)) throw invalidRequest("For 'properties/client_payload', it is not an object.");
  const count = Object.keys(payload).length;
  if (count > maxProperties) {
    throw invalidRequest(`No more than ${maxProperties} properties are allowed; ${count} were supplied.`);
  }
  if (Buffer.byteLength(JSON.stringify(payload)) > maxBytes) throw gitHubRefusal(422, "client_payload is too large.");
  return { eventType, payload };
}
