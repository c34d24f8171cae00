import { BayplanError } from "@bayplan/core";
import type { CredentialsFunction } from "@bayplan/registry-oci";
import { errorFromResponse, type HttpClient, type HttpRequest, type HttpResponse } from "@bayplan/runtime";

/** How a token opens one registry host. */
interface GhcrAccess {
  /** For `createOciRegistry`; absent without a token. */
  readonly credentials?: CredentialsFunction;
  /** For `createOciRegistry`; does not close the client it was made from. */
  readonly http: HttpClient;
}

/** Whose token it is, and how it may be shown. */
interface GhcrAccessOptions {
  readonly host: string;
  readonly token: string | undefined;
  readonly username: string;
  /** `when-refused`: the token itself first, in Base64, and the token endpoint where that is refused. `always`: only the latter. */
  readonly exchange: "when-refused" | "always";
}

// Only to spare the first request to a repository that is closed anyway.
const maxRemembered = 10_000;

/**
 * GHCR takes `Bearer base64(token)` without an exchange (argoproj-labs/argocd-image-updater#303). Where it answers 401
 * or 403 to that, the token endpoint is asked, which has the last word. What is learnt is remembered: for the repository,
 * and for the whole host as soon as an exchanged token opened what the token itself did not.
 */
export function createGhcrAccess(http: HttpClient, options: GhcrAccessOptions): GhcrAccess {
  const { token, username, host } = options;
  const refused = new Set<string>();
  const hosts = new Set([new URL(`https://${host}`).host, new URL(`http://${host}`).host]);
  let isExchangeNeeded = options.exchange === "always";
  const direct = Buffer.from(token ?? "", "utf8").toString("base64");
  const directHeader = `Bearer ${direct}`;

  /** A 403 of the first way is for the session what a 401 is: a reason to prove oneself in another way. */
  function judge<R extends Pick<HttpResponse, "status" | "headers" | "retryAfterMs">>(
    request: HttpRequest,
    response: R & { readonly body: unknown },
  ): R {
    const { authorization } = request;
    if (token === undefined || authorization === undefined) return response;
    if (authorization === directHeader) return isRefusal(response) ? { ...response, status: 401 } : response;
    const isExchanged = authorization.startsWith("Bearer ") && hosts.has(new URL(request.url).host);
    if (isExchanged && response.status < 300) isExchangeNeeded = true;
    return response;
  }

  /** No error may show the token, also not that of a request which carries another proof, or none yet. */
  function prepare(request: HttpRequest): HttpRequest {
    refuseUpperCase(request.url);
    return token === undefined ? request : { ...request, hidden: [...(request.hidden ?? []), directHeader] };
  }

  const credentials: CredentialsFunction = async (asked, { refresh, repository = "" }) => {
    if (!hosts.has(asked) || token === undefined) return undefined;
    if (refresh) {
      if (refused.size >= maxRemembered) refused.clear();
      refused.add(repository);
    }
    return isExchangeNeeded || refused.has(repository) ? { username, password: token } : { token: direct };
  };

  return {
    ...(token === undefined ? {} : { credentials }),
    http: {
      request: async (request, call) => judge(request, await http.request(prepare(request), call)),
      stream: async (request, call) => judge(request, await http.stream(prepare(request), call)),
      close: async () => {},
    },
  };
}

function isRefusal(response: Pick<HttpResponse, "status" | "headers" | "retryAfterMs"> & { readonly body: unknown }) {
  if (response.status !== 403) return false;
  const { status, headers, retryAfterMs, body } = response;
  const failed = {
    status,
    headers,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(body instanceof Uint8Array ? { body } : {}),
  };
  return errorFromResponse(failed, "Asking").code === "DENIED";
}

// References that were read are lower case already; one made by hand would be answered 404, which is not absence.
function refuseUpperCase(url: string | URL): void {
  const name = /\/v2\/(.+?)\/(?:manifests|blobs|tags|referrers)\//.exec(String(url))?.[1];
  if (name === undefined || name === name.toLowerCase()) return;
  throw upperCase(name);
}

/** The refusal of a name that is not in lower case, as references must be, whatever case owner and Git repository have. */
export function upperCase(name: string): BayplanError {
  return new BayplanError(
    "INVALID_REFERENCE",
    `"${name.slice(0, 200)}" is not a repository: it must be lower case: ${name.slice(0, 200).toLowerCase()}`,
  );
}
