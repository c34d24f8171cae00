import { BayplanError, type Clock, instantToMs } from "@bayplan/core";
import { errorFromResponse, type HttpResponse } from "@bayplan/runtime";

/** The error that a refusal of the Hub API means. */
export function hubError(response: HttpResponse, doing: string, clock: Clock): BayplanError {
  const error = errorFromResponse(response, doing);
  const { status } = response;
  if (error.code === "RATE_LIMITED") {
    // Seconds since 1970, not from now.
    const atSeconds = Number(response.headers.get("x-retry-after") ?? Number.NaN);
    const leftMs = atSeconds * 1000 - instantToMs(clock.now());
    return leftMs > 0 ? new BayplanError("RATE_LIMITED", error.message, { status, retryAfterMs: leftMs }) : error;
  }
  if (error.code !== "DENIED") return error;
  const text = new TextDecoder().decode(response.body);
  const advice = /personal access token|JWT issued/i.test(text)
    ? "Docker Hub lets no personal access token do this here. Log in with the password, or with an access token of the organisation that may delete"
    : "The account needs the right to do this there, and an access token the scope for it: to remove tags, Read, Write, Delete";
  return new BayplanError("DENIED", `${doing} was refused by Docker Hub (403). ${advice}.`, { status });
}
