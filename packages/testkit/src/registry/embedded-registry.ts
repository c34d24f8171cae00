import type { Clock, Digest } from "@bayplan/core";
import { realClock } from "../real-clock.ts";
import { createSimulatedServer, type SimulatedServer } from "../simulated-server.ts";
import { createAuthorizer, type RegistryAuth } from "./auth.ts";
import { createCatalog } from "./catalog.ts";
import { jsonResponse, Refusal } from "./refusal.ts";
import type { RegistryContext } from "./registry-context.ts";
import { matchRoute } from "./router.ts";
import { createLayoutStore } from "./storage-layout.ts";
import { createMemoryStore } from "./storage-memory.ts";
import { createUploadSessions } from "./upload-sessions.ts";

/** How an embedded registry behaves. */
export interface EmbeddedRegistryOptions {
  /** Where content lives. Default `"memory"`; a directory holds one OCI image layout per repository and survives restarts. */
  readonly storage?: "memory" | { readonly directory: string };
  /** Default `{ kind: "none" }`. */
  readonly auth?: RegistryAuth;
  /** For token expiry and delays. Default real time. */
  readonly clock?: Clock;
  /** Most tags on one page, whatever the client asks for. Default 100. */
  readonly pageSize?: number;
  /** Tags that, once written, are never written again, not even with the same digest (as in Amazon ECR). Default none. */
  readonly immutableTags?: (repository: string, tag: string) => boolean;
}

/** An OCI registry without a socket. Mount `fetch` directly, in msw, or on a socket by `serve`. */
export interface EmbeddedRegistry extends SimulatedServer {
  /** Digest by tag by repository, now. */
  snapshot(): Readonly<Record<string, Readonly<Record<string, Digest>>>>;
}

/**
 * A strict OCI registry for tests: what real registries refuse, it refuses.
 *
 * Manifests need everything they name to be there, and are only given to clients whose Accept names their media type.
 *
 * @throws BayplanError `INVALID_INPUT` when the storage directory holds a layout that cannot be read.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 */
export function createEmbeddedRegistry(options: EmbeddedRegistryOptions = {}): EmbeddedRegistry {
  const clock = options.clock ?? realClock;
  const storage = options.storage ?? "memory";
  const catalog = createCatalog(storage === "memory" ? createMemoryStore() : createLayoutStore(storage.directory));
  const auth = options.auth ?? { kind: "none" };
  const authorizer = createAuthorizer(auth, clock);
  const tokenPath = auth.kind === "bearer" && auth.realm !== undefined ? new URL(auth.realm).pathname : "/token";
  const context: RegistryContext = {
    catalog,
    uploads: createUploadSessions(),
    pageSize: options.pageSize ?? 100,
    isImmutable: options.immutableTags ?? (() => false),
  };

  async function route(request: Request, identify: (user: string) => void): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === tokenPath) return authorizer.giveToken(request, identify);
    const matched = matchRoute(request, url);
    const isProbe = url.pathname === "/v2/" && (request.method === "GET" || request.method === "HEAD");
    if (matched === undefined && !isProbe) return new Response("404 page not found\n", { status: 404 });
    const user = authorizer.authorize(request, matched?.call.repository);
    if (user !== undefined) identify(user);
    return matched === undefined ? jsonResponse(200, {}) : matched.run(context);
  }

  const server = createSimulatedServer(async (request, identify) => {
    const response = await route(request, identify).catch((error: unknown) => {
      if (error instanceof Refusal) return error.response;
      throw error;
    });
    const headers = new Headers(response.headers);
    headers.set("docker-distribution-api-version", "registry/2.0");
    return new Response(response.body, { status: response.status, headers });
  }, clock);

  return {
    ...server,
    snapshot: () =>
      Object.fromEntries(
        catalog.names().map((name) => [name, Object.fromEntries(catalog.repository(name)?.tags ?? [])] as const),
      ),
  };
}
