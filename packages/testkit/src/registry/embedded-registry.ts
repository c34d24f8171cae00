import { type Clock, type Digest, instantToMs } from "@bayplan/core";
import { realClock } from "../real-clock.ts";
import { urlOf } from "../request-url.ts";
import { createSimulatedServer, type SimulatedServer } from "../simulated-server.ts";
import { catalogResource } from "./access-scope.ts";
import { createAuthorizer, type RegistryAuth } from "./auth.ts";
import { createCatalog, type TagChange } from "./catalog.ts";
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
  /**
   * Calls the listener for each tag that is written, moved or taken away, whoever does it: what a test that must know
   * what was overwritten cannot read from the last state. A tag that is written once more with what it shows does not
   * count. Gives the way to stop that.
   */
  onTagChange(listener: (change: TagChange) => void): () => void;
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
  const store = storage === "memory" ? createMemoryStore() : createLayoutStore(storage.directory);
  const listeners = new Set<(change: TagChange) => void>();
  const moment = () => ({ requests: server.log.length, ms: instantToMs(clock.now()) });
  const catalog = createCatalog(store, moment, (change) => {
    for (const listener of listeners) listener(change);
  });
  const auth = options.auth ?? { kind: "none" };
  const authorizer = createAuthorizer(auth, clock);
  const tokenPath = auth.kind === "bearer" && auth.realm !== undefined ? new URL(auth.realm).pathname : "/token";
  const context: RegistryContext = {
    catalog,
    uploads: createUploadSessions(),
    pageSize: options.pageSize ?? 100,
    isImmutable: options.immutableTags ?? (() => false),
  };

  async function route(
    request: Request,
    identify: (user: string) => void,
    seen: RegistryContext = context,
  ): Promise<Response> {
    const url = urlOf(request);
    if (url.pathname === tokenPath) return authorizer.giveToken(request, identify);
    const matched = matchRoute(request, url);
    const isProbe = url.pathname === "/v2/" && (request.method === "GET" || request.method === "HEAD");
    if (matched === undefined && !isProbe) return new Response("404 page not found\n", { status: 404 });
    const user = authorizer.authorize(
      request,
      matched?.call.repository === "" ? catalogResource : matched?.call.repository,
    );
    if (user !== undefined) identify(user);
    return matched === undefined ? jsonResponse(200, {}) : matched.run(seen);
  }

  async function answer(request: Request, identify: (user: string) => void, seen?: RegistryContext): Promise<Response> {
    const response = await route(request, identify, seen).catch((error: unknown) => {
      if (error instanceof Refusal) return error.response;
      throw error;
    });
    response.headers.set("docker-distribution-api-version", "registry/2.0");
    return response;
  }

  const server = createSimulatedServer((request, identify) => answer(request, identify), clock, {
    handlePast(request, { staleness, requestsBefore }, identify) {
      const nowMs = instantToMs(clock.now());
      const reader = catalog.before(({ requests, ms }) =>
        "staleByMs" in staleness
          ? ms > nowMs - staleness.staleByMs
          : requests > requestsBefore - staleness.staleByRequests,
      );
      return answer(request, identify, { ...context, catalog: { ...catalog, ...reader } });
    },
  });

  return {
    ...server,
    onTagChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    snapshot: () =>
      Object.fromEntries(
        catalog.names().map((name) => [name, Object.fromEntries(catalog.repository(name)?.tags ?? [])] as const),
      ),
  };
}
