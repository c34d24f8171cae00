import { gitHubRefusal } from "./github-answer.ts";

/** The body of a request. Refuses 400 what is no JSON object. */
export function parseJsonBody(text: string): Readonly<Record<string, unknown>> {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw gitHubRefusal(400, "Problems parsing JSON");
  }
  if (isRecord(body)) return body;
  throw gitHubRefusal(400, "Body should be a JSON object");
}

/** Refuses as GitHub's validation of requests does. */
export function invalidRequest(what: string, status: 400 | 422 = 422): Error {
  return gitHubRefusal(status, `Invalid request.\n\n${what}`);
}

/** Whether the value is a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
