import { type Clock, type Digest, instantToMs } from "@bayplan/core";
import type { BuiltImage } from "../image/build-image.ts";
import { realClock } from "../real-clock.ts";
import { Refusal } from "../registry/refusal.ts";
import { createSimulatedServer, type SimulatedServer } from "../simulated-server.ts";
import { createDockerHubAccounts, type SimulatedDockerAccount } from "./docker-hub-accounts.ts";
import { createDockerHubApi } from "./docker-hub-api.ts";
import { createDockerHubLimits } from "./docker-hub-limits.ts";
import { type DockerHubQuirk, usualDockerHubQuirks } from "./docker-hub-quirk.ts";
import { anonymousSource, createDockerHubRegistryApi } from "./docker-hub-registry-api.ts";
import { createDockerHubRepositories } from "./docker-hub-repositories.ts";

/** How a simulated Docker Hub behaves. */
export interface DockerHubSimulatorOptions {
  /** Users and organisations. Default none: everybody is anonymous. */
  readonly accounts?: readonly SimulatedDockerAccount[];
  /** For tokens, locks, limits and the times of tags. Default real time. */
  readonly clock?: Clock;
  /** Pulls in six hours, by account or address. Default 100. */
  readonly pullLimit?: number;
  /** Requests to the registry in a minute, HEAD included, by account or address. Default 10,000. */
  readonly registryRequestLimit?: number;
  /** Requests to the Hub API in a minute, by account or address. Default 600. */
  readonly apiRequestLimit?: number;
  /** Most tags on one page of the registry's list. Default 100. */
  readonly pageSize?: number;
  /** Replaces {@link usualDockerHubQuirks}. */
  readonly quirks?: readonly DockerHubQuirk[];
}

/** A Docker Hub without a socket: `registry-1.docker.io`, `auth.docker.io` and `hub.docker.com`. */
export interface DockerHubSimulator extends SimulatedServer {
  /** Stores an image behind everybody's back, for example an official one. Without tags it is found by digest only. */
  store(repository: string, image: BuiltImage, tags?: readonly string[]): Promise<void>;
  /** Shows a repository to its own namespace only, or to everybody again. */
  setPrivate(repository: string, isPrivate: boolean): void;
  /** Pulls (GET of a manifest) that were counted for an account, without a name for everybody else. */
  pulls(account?: string): number;
  /** Digest by tag by repository, now. */
  snapshot(): Readonly<Record<string, Readonly<Record<string, Digest>>>>;
  /** Digests of all manifests of a repository, untagged ones included. */
  manifests(repository: string): readonly Digest[];
}

/**
 * A strict simulation of Docker Hub: what it refuses is refused, with its own error. Other hosts than its three are 404,
 * so it is mounted as `fetch` or in msw, not on a socket.
 *
 * @see https://docs.docker.com/reference/api/hub/latest/
 * @see https://docs.docker.com/reference/api/registry/latest/
 */
export function createDockerHubSimulator(options: DockerHubSimulatorOptions = {}): DockerHubSimulator {
  const { clock = realClock, quirks = usualDockerHubQuirks, pageSize = 100 } = options;
  const nowMs = (): number => instantToMs(clock.now());
  const has = (quirk: DockerHubQuirk): boolean => quirks.includes(quirk);
  const repositories = createDockerHubRepositories(nowMs);
  const limits = createDockerHubLimits({
    pulls: options.pullLimit ?? 100,
    registryRequests: options.registryRequestLimit ?? 10_000,
    apiRequests: options.apiRequestLimit ?? 600,
    isPlainText: has("dockerhub-plain-text-429"),
    nowMs,
  });
  const accounts = createDockerHubAccounts(options.accounts ?? [], { nowMs, locks: has("dockerhub-login-lockout") });
  const context = { accounts, repositories, limits, pageSize, nowMs, has };
  const registry = createDockerHubRegistryApi(context);
  const answerApi = createDockerHubApi(context);

  async function route(request: Request, identify: (user: string) => void): Promise<Response> {
    const { host, pathname } = new URL(request.url);
    if (host === "registry-1.docker.io") return await registry.answer(request, identify);
    if (host === "hub.docker.com") return await answerApi(request, identify);
    if (host === "auth.docker.io" && pathname === "/token") return registry.giveToken(request, identify);
    return new Response("404 page not found\n", { status: 404 });
  }

  const server = createSimulatedServer(async (request, identify) => {
    try {
      return await route(request, identify);
    } catch (error) {
      if (error instanceof Refusal) return error.response;
      throw error;
    }
  }, clock);

  return {
    ...server,
    async store(repository, image, tags = []) {
      const { catalog } = repositories;
      for (const { descriptor, bytes } of image.blobs) await catalog.writeBlob(repository, descriptor.digest, bytes);
      for (const child of image.children)
        await catalog.writeManifest(repository, child, { names: [], mayTag: () => {} });
      await catalog.writeManifest(repository, image.root, { names: tags, mayTag: () => {} });
    },
    setPrivate: (repository, isPrivate) => repositories.setPrivate(repository, isPrivate),
    pulls: (account = anonymousSource) => limits.pullsOf(account),
    snapshot: () =>
      Object.fromEntries(
        repositories.catalog
          .names()
          .map((name) => [name, Object.fromEntries(repositories.catalog.repository(name)?.tags ?? [])] as const),
      ),
    manifests: (repository) => [...(repositories.catalog.repository(repository)?.manifests.keys() ?? [])],
  };
}
