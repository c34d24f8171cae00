import { createEmbeddedRegistry, type EmbeddedRegistry, type RegistryAuth, type VirtualClock } from "@bayplan/testkit";
import { manifestOf } from "./scripted-registry.ts";

/** What a registry and its token endpoint make of one token for several repositories. */
export interface TokenManners {
  /**
   * `all`: every scope counts. `first`, `last`: only that one does. `refuse`: several scopes are answered with
   * `refusalStatus`. `refuse-closed`: so is one closed repository among them, also alone.
   */
  readonly grants?: "all" | "first" | "last" | "refuse" | "refuse-closed";
  /** Default 400. */
  readonly refusalStatus?: number;
  /** How the registry answers for a repository that the token does not open. Default 401. */
  readonly uncovered?: 401 | 403 | 404;
  /** The `error` of a 401 that a token meets. Default `insufficient_scope`. */
  readonly error?: string;
  /** Repositories for which nobody gets a scope. */
  readonly closed?: readonly string[];
}

/** One request as it came, before the manners changed it. */
interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly scopes: readonly string[];
  readonly urlLength: number;
  readonly authorization: string | null;
}

/** An embedded registry with bearer tokens behind those manners. */
export interface OddRegistry {
  readonly fetch: EmbeddedRegistry["fetch"];
  readonly embedded: EmbeddedRegistry;
  readonly seen: SeenRequest[];
  /** Scopes of each token request so far. */
  tokenRequests(): readonly (readonly string[])[];
  heads(): number;
  /** Puts a manifest under tags of repositories, past all authentication that is tested. */
  publish(images: Readonly<Record<string, readonly string[]>>): Promise<void>;
}

const users = { bayplan: "dummy-password" };

/** Starts an {@link OddRegistry} that knows the user `bayplan`. */
export function createOddRegistry(
  manners: TokenManners = {},
  more: { readonly auth?: Partial<Extract<RegistryAuth, { kind: "bearer" }>>; readonly clock?: VirtualClock } = {},
): OddRegistry {
  const { clock } = more;
  const embedded = createEmbeddedRegistry({
    auth: { kind: "bearer", users, anonymousPull: true, ...more.auth },
    ...(clock === undefined ? {} : { clock }),
  });
  const closed = new Set(manners.closed ?? []);
  const isClosed = (scope: string): boolean => closed.has(scope.split(":")[1] ?? "");
  const seen: SeenRequest[] = [];

  function token(request: Request, url: URL): Promise<Response> | Response {
    const scopes = url.searchParams.getAll("scope");
    const { grants = "all", refusalStatus = 400 } = manners;
    const isRefused =
      (grants === "refuse" && scopes.length > 1) || (grants === "refuse-closed" && scopes.some(isClosed));
    if (isRefused) return ociRefusal(grants === "refuse" ? refusalStatus : 403);
    const counting = grants === "first" ? scopes.slice(0, 1) : grants === "last" ? scopes.slice(-1) : scopes;
    url.searchParams.delete("scope");
    for (const scope of counting) if (!isClosed(scope)) url.searchParams.append("scope", scope);
    return embedded.fetch(new Request(url, request));
  }

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const authorization = request.headers.get("authorization");
    const { method } = request;
    const scopes = url.searchParams.getAll("scope");
    seen.push({ method, path: url.pathname, scopes, urlLength: request.url.length, authorization });
    if (url.pathname === "/token") return await token(request, url);
    const response = await embedded.fetch(request);
    if (response.status !== 401 || authorization === null) return response;
    if (manners.uncovered === 403) return ociRefusal(403);
    if (manners.uncovered === 404) return new Response(null, { status: 404 });
    const challenge = response.headers.get("www-authenticate") ?? "";
    const error = manners.error === undefined ? "" : `,error="${manners.error}"`;
    if (manners.error === undefined || !challenge.includes("insufficient_scope")) return response;
    return new Response(null, {
      status: 401,
      headers: { "www-authenticate": challenge.replace(/,error="[^"]*"/, error) },
    });
  }

  return {
    embedded,
    seen,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const response = await answer(request);
      // A copy where the request was changed: an address can be given only once.
      const given =
        response.url === "" || response.url === request.url ? response : new Response(response.body, response);
      return Object.defineProperty(given, "url", { value: request.url });
    },
    tokenRequests: () => seen.filter(({ path }) => path === "/token").map(({ scopes }) => scopes),
    heads: () => seen.filter(({ method }) => method === "HEAD").length,
    publish: (images) => publish(embedded, images),
  };
}

function ociRefusal(status: number): Response {
  const body = JSON.stringify({ errors: [{ code: "DENIED", message: "denied" }] });
  return new Response(body, { status, headers: { "content-type": "application/json" } });
}

async function publish(embedded: EmbeddedRegistry, images: Readonly<Record<string, readonly string[]>>): Promise<void> {
  const origin = "http://127.0.0.1";
  const config = new TextEncoder().encode("x");
  const { bytes, descriptor } = manifestOf("x");
  const { digest } = JSON.parse(new TextDecoder().decode(bytes)).config as { digest: string };
  const basic = `Basic ${Buffer.from(`bayplan:${users.bayplan}`).toString("base64")}`;
  for (const [repository, tags] of Object.entries(images)) {
    const scope = `service=bayplan-testkit&scope=repository:${repository}:pull,push`;
    const given = await embedded.fetch(`${origin}/token?${scope}`, { headers: { authorization: basic } });
    const authorization = `Bearer ${((await given.json()) as { token: string }).token}`;
    const put = async (method: string, path: string, body: Uint8Array, type: string) => {
      const init = { method, body, headers: { authorization, "content-type": type } };
      const { status } = await embedded.fetch(`${origin}/v2/${repository}/${path}`, init);
      if (status !== 201) throw new Error(`${method} ${path} was answered ${status}`);
    };
    await put("POST", `blobs/uploads/?digest=${digest}`, config, "application/octet-stream");
    // By the hundred: some tests need ten thousand.
    for (let from = 0; from < tags.length; from += 100) {
      const query = new URLSearchParams(tags.slice(from, from + 100).map((tag): [string, string] => ["tag", tag]));
      await put("PUT", `manifests/${descriptor.digest}?${query}`, bytes, descriptor.mediaType);
    }
  }
}
