import { BayplanError, type Clock } from "@bayplan/core";
import { createHttpClient, type FetchLike, type HttpClient, type HttpResponse } from "@bayplan/runtime";
import type { z } from "zod";

/** How a source reaches the network. */
export interface SourceTransport {
  /** Default the built-in transport of `createHttpClient`. Ignored when `http` is given. */
  readonly fetch?: FetchLike;
  /** A client to share; its owner closes it. Default an own one, made at the first request. */
  readonly http?: HttpClient;
  /** For the age of listings, and for the pauses between attempts unless `http` is given. Default the computer's clock. */
  readonly clock?: Clock;
}

/** The client to use, made when first asked for: a source that is never listed opens nothing. */
export function lazyHttpClient({ fetch, http, clock }: SourceTransport): () => HttpClient {
  let client = http;
  return () => {
    client ??= createHttpClient({
      ...(fetch === undefined ? {} : { fetch }),
      ...(clock === undefined ? {} : { clock }),
    });
    return client;
  };
}

/**
 * The base address without its trailing slashes. Throws `INVALID_INPUT` if it is not a web address, or more than one:
 * with credentials, query or fragment.
 */
export function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBare = url !== undefined && url.username + url.password + url.search + url.hash === "";
  if (!isBare || !/^https?:$/.test(url.protocol))
    throw badOption("baseUrl", "a web address without credentials, query and fragment");
  return url.href.replace(/\/+$/, "");
}

/** The number, if it counts something. Throws `INVALID_INPUT` for another. */
export function checkCount(path: string, value: number, most = Number.MAX_SAFE_INTEGER): number {
  const expected = most === Number.MAX_SAFE_INTEGER ? "a whole number from 1" : `a whole number from 1 to ${most}`;
  if (!Number.isSafeInteger(value) || value < 1 || value > most) throw badOption(path, expected);
  return value;
}

/** The token as it is sent. Throws `INVALID_INPUT` for one that cannot be. */
export function bearer(token: string | undefined): { readonly authorization?: string } {
  if (token === undefined) return {};
  if (!/^[\x21-\x7e]+$/.test(token)) throw badOption("token", "a token without spaces, or left out");
  return { authorization: `Bearer ${token}` };
}

/** An option that cannot be used. */
export function badOption(path: string, expected: string): BayplanError {
  return new BayplanError("INVALID_INPUT", `This source cannot be made: ${path} must be ${expected}.`, {
    problems: [{ path, found: "something else or nothing", expected }],
  });
}

/** The body of an answer as JSON. Throws `RESPONSE_INVALID` if it is none. */
export function readJson(response: HttpResponse, doing: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(response.body));
  } catch {
    throw new BayplanError("RESPONSE_INVALID", `${doing} failed: the answer is not JSON. Check baseUrl and any proxy.`);
  }
}

/** What is parsed, and what to call it. */
interface ParseAnswerOptions {
  readonly doing: string;
  /** Where the data stands in the answer, for example `[3]`. Default the whole. */
  readonly path?: string;
}

/** Data of an answer, checked. Throws `RESPONSE_INVALID` that names the places which are wrong, not their contents. */
export function parseAnswer<Schema extends z.ZodType>(
  schema: Schema,
  data: unknown,
  { doing, path = "" }: ParseAnswerOptions,
): z.infer<Schema> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => ({
    path: [path, ...issue.path].filter((part) => part !== "").join("."),
    found: "something else",
    expected: issue.message,
  }));
  const places = problems.slice(0, 3).map((problem) => problem.path || "the whole answer");
  throw new BayplanError(
    "RESPONSE_INVALID",
    `${doing} failed: the answer is not what this API promises at ${places.join(", ")}. Nothing of it was used.`,
    { problems },
  );
}
