import { BayplanError, type CallOptions } from "@bayplan/core";
import {
  errorFromResponse,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  isLoopbackHost,
} from "@bayplan/runtime";
import { parseJsonBody } from "./json-body.ts";
import { TokenAnswer } from "./schema.ts";
import { tokenLifetimeMs } from "./token-lifetime.ts";

/** Where a registry sends its clients for tokens. */
export interface BearerChallenge {
  readonly realm: URL;
  readonly service?: string;
}

/** With what a token endpoint is asked; absent for anonymous. */
export type TokenSecret =
  | { readonly authorization: string }
  /** `authorization` says the same for endpoints without OAuth2. */
  | { readonly authorization: string; readonly identityToken: string };

/** One question to a token endpoint. */
interface TokenRequest extends CallOptions {
  readonly challenge: BearerChallenge;
  /** For example `repository:a/b:pull`. None: only whether the credentials are good. */
  readonly scopes: readonly string[];
  readonly secret?: TokenSecret;
  readonly nowMs: number;
}

/** A token, or the answer by which the endpoint refused to give one. */
export type TokenResult = { readonly token: string; readonly lifetimeMs: number } | { readonly refused: HttpResponse };

const maxTokenBytes = 128 * 1024;

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
 * Asks for a token: with an identity token by OAuth2 (POST), by GET otherwise and where the endpoint has no OAuth2.
 *
 * @throws BayplanError `RATE_LIMITED`, `UNAVAILABLE`, `TIMEOUT`, `CANCELLED`; `RESPONSE_INVALID` for every other answer
 * than a token, 401 or 403: in particular 404, which must not look like a missing repository.
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 */
export async function requestToken(http: HttpClient, request: TokenRequest): Promise<TokenResult> {
  const { secret } = request;
  const call = request.signal === undefined ? {} : { signal: request.signal };
  const common = { headers: { accept: "application/json" }, maxBytes: maxTokenBytes } as const;
  if (secret !== undefined && "identityToken" in secret) {
    const response = await http.request({ ...common, ...refreshGrant(request, secret.identityToken) }, call);
    if (response.status !== 404 && response.status !== 405) return readToken(response, request);
  }
  const url = new URL(request.challenge.realm);
  if (request.challenge.service !== undefined) url.searchParams.set("service", request.challenge.service);
  for (const scope of request.scopes) url.searchParams.append("scope", scope);
  const authorization = secret === undefined ? {} : { authorization: secret.authorization };
  return readToken(await http.request({ method: "GET", url, ...common, ...authorization }, call), request);
}

function refreshGrant({ challenge, scopes }: TokenRequest, identityToken: string): HttpRequest {
  const form = new URLSearchParams({ grant_type: "refresh_token", client_id: "bayplan", refresh_token: identityToken });
  if (challenge.service !== undefined) form.set("service", challenge.service);
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  return {
    method: "POST",
    url: challenge.realm,
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: new TextEncoder().encode(form.toString()),
    secretBody: true,
    retry: "idempotent",
  };
}

function readToken(response: HttpResponse, request: TokenRequest): TokenResult {
  // Only the host: the rest of the address is the registry's, which may repeat there what it was sent.
  const doing = `Getting a token from ${request.challenge.realm.host}`;
  if (response.status === 401) return { refused: response };
  if (response.status !== 200) {
    const error = errorFromResponse(response, doing);
    // OAuth2 refuses a wrong refresh token with 400: https://www.rfc-editor.org/rfc/rfc6749#section-5.2
    const isBadGrant = response.status === 400 && request.secret !== undefined && "identityToken" in request.secret;
    if (error.code === "DENIED" || isBadGrant) return { refused: response };
    if (error.code === "RATE_LIMITED" || error.code === "UNAVAILABLE") throw error;
    throw new BayplanError("RESPONSE_INVALID", error.message, { status: response.status });
  }
  const parsed = TokenAnswer.safeParse(parseJsonBody(response.body));
  if (!parsed.success) {
    throw new BayplanError("RESPONSE_INVALID", `${doing} gave no token. Check that the address is a registry's.`, {
      status: response.status,
    });
  }
  const lifetimeMs = tokenLifetimeMs(parsed.data, { headers: response.headers, nowMs: request.nowMs });
  return { token: parsed.data.token, lifetimeMs };
}
