import { BayplanError, type CallOptions, type Clock, instantToMs } from "@bayplan/core";
import { createSharedWork, type HttpClient, type HttpRequest, type HttpResponse } from "@bayplan/runtime";
import { hubError } from "./hub-error.ts";
import { hubApiOrigin } from "./hub-repository.ts";
import type { LoginGuard } from "./login-guard.ts";
import { HubClaims, HubLogin } from "./schema.ts";

/** One request to the Hub API; `path` begins after the host. */
export interface HubRequest {
  readonly method: "GET" | "DELETE";
  readonly path: string;
  readonly retry?: HttpRequest["retry"];
}

/** The Hub API, with a token of its own that no other host sees. */
export interface HubApi {
  /**
   * The answer, logged in where there are credentials. A token that is refused is renewed once.
   *
   * @throws BayplanError `UNAUTHORIZED` for wrong credentials.
   */
  request(request: HubRequest, options: CallOptions): Promise<HttpResponse>;
}

/** User and secret of a Docker account: password, personal access token, or organisation access token. */
export interface HubCredentials {
  readonly username: string;
  readonly password: string;
}

interface HubToken {
  readonly authorization: string;
  readonly expiresMs: number;
}

// Of the ten minutes that the reference promises, where the token itself says nothing.
const usualLifetimeMs = 300_000;
const marginMs = 15_000;

/**
 * A client of the Hub API. It logs in when it is first used, once for all callers.
 *
 * @see https://docs.docker.com/reference/api/hub/latest/#tag/authentication-api/operation/AuthCreateAccessToken
 */
export function createHubApi(options: {
  readonly http: HttpClient;
  readonly guard: LoginGuard;
  readonly clock: Clock;
  readonly credentials: HubCredentials | undefined;
}): HubApi {
  const { http, guard, clock, credentials } = options;
  const shared = createSharedWork<HubToken>();
  const nowMs = (): number => instantToMs(clock.now());
  let known: HubToken | undefined;

  async function logIn({ username, password }: HubCredentials, call: CallOptions): Promise<HubToken> {
    const doing = "Logging in to Docker Hub";
    const request: HttpRequest = {
      method: "POST",
      url: `${hubApiOrigin}/v2/auth/token`,
      headers: { accept: "application/json", "content-type": "application/json" },
      body: new TextEncoder().encode(JSON.stringify({ identifier: username, secret: password })),
      secretBody: true,
      maxBytes: 128 * 1024,
    };
    const sentMs = nowMs();
    const response = await guard.send((retry) => http.request({ ...request, retry: retry ?? "refused" }, call), call);
    if (response.status !== 200) throw hubError(response, doing, clock);
    const parsed = HubLogin.safeParse(parseJson(new TextDecoder().decode(response.body)));
    if (!parsed.success) {
      throw new BayplanError("RESPONSE_INVALID", `${doing} gave no token. Check any proxy in between.`);
    }
    const { access_token } = parsed.data;
    return { authorization: `Bearer ${access_token}`, expiresMs: sentMs + lifetimeMs(access_token) - marginMs };
  }

  async function token(call: CallOptions): Promise<HubToken | undefined> {
    if (credentials === undefined) return undefined;
    if (known !== undefined && known.expiresMs > nowMs()) return known;
    return await shared(
      "login",
      async (inner) => {
        known = await logIn(credentials, inner);
        return known;
      },
      call,
    );
  }

  return {
    async request({ method, path, retry }, call) {
      for (let round = 0; ; round += 1) {
        const given = await token(call);
        const request = {
          method,
          url: `${hubApiOrigin}${path}`,
          headers: { accept: "application/json" },
          ...(given === undefined ? {} : { authorization: given.authorization }),
          ...(retry === undefined ? {} : { retry }),
        } as const;
        const response = await http.request(request, call);
        if (response.status !== 401 || given === undefined || round > 0) return response;
        // Another caller may have renewed it meanwhile.
        if (known === given) known = undefined;
      }
    },
  };
}

/** How long a token is good for, by the distance of its own times: the clocks may disagree. */
function lifetimeMs(token: string): number {
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
  const claims = HubClaims.safeParse(parseJson(payload));
  if (!claims.success || claims.data.exp <= claims.data.iat) return usualLifetimeMs;
  return Math.min((claims.data.exp - claims.data.iat) * 1000, 86_400_000);
}

/** The value of a JSON text, or `undefined` if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
