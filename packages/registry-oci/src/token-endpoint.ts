import { BayplanError, type CallOptions } from "@bayplan/core";
import { errorFromResponse, type HttpClient, type HttpResponse, isLoopbackHost, redactUrl } from "@bayplan/runtime";
import { parseJsonBody } from "./json-body.ts";
import { TokenAnswer } from "./schema.ts";

/** Where a registry sends its clients for tokens. */
export interface BearerChallenge {
  readonly realm: URL;
  readonly service?: string;
}

/** One question to a token endpoint. */
interface TokenRequest extends CallOptions {
  readonly challenge: BearerChallenge;
  /** For example `repository:a/b:pull`. Absent: only whether the credentials are good. */
  readonly scope?: string;
  /** `Basic …`. Absent: anonymous. */
  readonly authorization?: string;
}

/** A token, or the answer by which the endpoint refused to give one. */
export type TokenResult = { readonly token: string; readonly lifetimeMs: number } | { readonly refused: HttpResponse };

const maxTokenBytes = 128 * 1024;
// The specification's default, and the least a client must assume: https://distribution.github.io/distribution/spec/auth/token/
const minLifetimeSeconds = 60;

/**
 * Checks where a challenge sends us before credentials go there.
 *
 * @throws BayplanError `RESPONSE_INVALID` for a realm that is no https URL (http only where the registry's own host is
 * spoken to by http), contains credentials, or is a bare IP address of another machine.
 */
export function parseRealm(realm: string | undefined, registry: URL): URL {
  const url = realm !== undefined && URL.canParse(realm, registry.href) ? new URL(realm, registry) : undefined;
  if (url === undefined) return refuse(registry, "it names no token endpoint");
  if (url.username !== "" || url.password !== "") return refuse(registry, "the endpoint contains credentials");
  const sameHost = url.host === registry.host;
  const bothHere = isLoopbackHost(url.hostname) && isLoopbackHost(registry.hostname);
  const encrypted =
    url.protocol === "https:" || (url.protocol === "http:" && registry.protocol === "http:" && (sameHost || bothHere));
  if (!encrypted) return refuse(registry, "the endpoint is not encrypted");
  const isAddress = /^(?:\[.*\]|[\d.]+)$/.test(url.hostname) || isLoopbackHost(url.hostname);
  if (isAddress && url.hostname !== registry.hostname && !bothHere)
    return refuse(registry, "the endpoint is a bare address");
  return url;
}

function refuse(registry: URL, why: string): never {
  throw new BayplanError(
    "RESPONSE_INVALID",
    `The registry ${registry.host} asks for a token in a way that is not accepted: ${why}. Ask its operator.`,
  );
}

/**
 * Asks for a token.
 *
 * @throws BayplanError `RATE_LIMITED`, `UNAVAILABLE`, `TIMEOUT`, `CANCELLED`; `RESPONSE_INVALID` for every other answer
 * than a token, 401 or 403: in particular 404, which must not look like a missing repository.
 */
export async function requestToken(http: HttpClient, request: TokenRequest): Promise<TokenResult> {
  const { challenge, scope, authorization } = request;
  const url = new URL(challenge.realm);
  if (challenge.service !== undefined) url.searchParams.set("service", challenge.service);
  if (scope !== undefined) url.searchParams.append("scope", scope);
  const doing = `Getting a token from ${redactUrl(url)}`;
  const response = await http.request(
    {
      method: "GET",
      url,
      headers: { accept: "application/json" },
      maxBytes: maxTokenBytes,
      ...(authorization === undefined ? {} : { authorization }),
    },
    request.signal === undefined ? {} : { signal: request.signal },
  );
  if (response.status === 401) return { refused: response };
  if (response.status !== 200) {
    const error = errorFromResponse(response, doing);
    if (error.code === "DENIED") return { refused: response };
    if (error.code === "RATE_LIMITED" || error.code === "UNAVAILABLE") throw error;
    throw new BayplanError("RESPONSE_INVALID", error.message, { status: response.status });
  }
  const parsed = TokenAnswer.safeParse(parseJsonBody(response.body));
  if (!parsed.success) {
    throw new BayplanError("RESPONSE_INVALID", `${doing} gave no token. Check that the address is a registry's.`, {
      status: response.status,
    });
  }
  const { token, expiresInSeconds = minLifetimeSeconds } = parsed.data;
  return { token, lifetimeMs: Math.max(minLifetimeSeconds, expiresInSeconds) * 1000 };
}
