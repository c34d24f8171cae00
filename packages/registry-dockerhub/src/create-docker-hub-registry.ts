import {
  BayplanError,
  type CallOptions,
  type Clock,
  type DigestReference,
  formatReference,
  type ManifestCache,
  type Reference,
  type RegistryAdapter,
  type RegistryInventory,
  type RepositoryName,
  tagReference,
} from "@bayplan/core";
import { createOciRegistry, type OciRegistry } from "@bayplan/registry-oci";
import {
  createDescriptorMemory,
  createHttpClient,
  type FetchLike,
  type HttpClient,
  systemClock,
} from "@bayplan/runtime";
import { deleteManifest } from "./delete-manifest.ts";
import { createHubApi } from "./hub-api.ts";
import { createHubHttp } from "./hub-http.ts";
import { hubHost, refuseForeign, refuseOfficial, registryApiHost } from "./hub-repository.ts";
import { listInventory, showAllTags } from "./inventory.ts";
import { createLoginGuard } from "./login-guard.ts";
import { createPullBudget, type DockerHubRateLimit } from "./pull-budget.ts";
import { deleteFromRegistry } from "./registry-delete.ts";
import { resolveMany } from "./resolve-many.ts";
import { untag } from "./untag.ts";

/** How to reach Docker Hub. */
export interface DockerHubRegistryOptions {
  /** Docker ID, or the name of the organisation for an organisation access token. Default anonymous; then also without `password`. */
  readonly username?: string;
  /** Password, personal access token or organisation access token. */
  readonly password?: string;
  /** Manifests by digest: saves pulls, and completes what the Hub API tells of many references. Default none. */
  readonly cache?: ManifestCache;
  /** Pulls that are left for others: a GET of a manifest that would take one of them throws `RATE_LIMITED`. Default 0. */
  readonly keepPulls?: number;
  /** Whether referrers are listed under the fallback tag where the registry takes no notice of them. Default `true`. */
  readonly fallbackReferrers?: boolean;
  /** Replaces the built-in transport. Not together with `http`. */
  readonly fetch?: FetchLike;
  /** A client of your own, which you also close. */
  readonly http?: HttpClient;
  /** Default `systemClock`. */
  readonly clock?: Clock;
}

/** An {@link OciRegistry} with what Docker Hub has beyond it. */
export type DockerHubRegistry = Omit<OciRegistry, "resolveMany"> &
  Required<Pick<RegistryAdapter, "deleteManifest" | "untag" | "resolveMany">> & {
    /** What the registry last said about the pulls that are left; `undefined` before, and for accounts without a limit. */
    rateLimit(): DockerHubRateLimit | undefined;
    /**
     * Tagged manifests with the times of their tags. Never the untagged ones, of which Docker Hub has no list:
     * `covers` says so, and what it lacks says nothing.
     */
    readonly inventory: RegistryInventory & { readonly covers: "tagged" };
  };

// Far more than one process writes before the Hub API has heard of it.
const maxWritten = 10_000;

/**
 * An adapter for Docker Hub, whose references begin with `docker.io` (the parser turns its other names into that one).
 *
 * Docker Hub gives everybody a token and answers 401 to it when the repository is private or does not exist: `resolve`
 * says `denied-or-absent` then. Credentials that were refused throw `UNAUTHORIZED` and are not sent again for ten
 * minutes, neither to the registry nor to the Hub API, because a few failed logins lock the account. `resolve` uses
 * HEAD, which does not count as a pull. `docs/registries/dockerhub.md` has the rest.
 *
 * @throws BayplanError `INVALID_INPUT` for a username without password or the other way round.
 * @see https://docs.docker.com/docker-hub/usage/pulls/
 */
export function createDockerHubRegistry(options: DockerHubRegistryOptions = {}): DockerHubRegistry {
  const { clock = systemClock, cache, keepPulls = 0, fallbackReferrers = true } = options;
  const credentials = credentialsOf(options);
  if (options.http !== undefined && options.fetch !== undefined) {
    throw new BayplanError("INVALID_INPUT", "Pass either http or fetch to a registry adapter, not both.");
  }
  const inner =
    options.http ?? createHttpClient({ clock, ...(options.fetch === undefined ? {} : { fetch: options.fetch }) });
  const guard = createLoginGuard(clock);
  const budget = createPullBudget({ clock, keepPulls });
  const http = createHubHttp(inner, { guard, budget });
  const oci = createOciRegistry({
    id: "dockerhub",
    hosts: [hubHost],
    apiHost: () => registryApiHost,
    denied: "denied-or-absent",
    // What the specification's own way to look for uses would cost in pulls: see `delete-manifest.ts`.
    deletes: false,
    fallbackReferrers,
    http,
    clock,
    ...(credentials === undefined ? {} : { credentials }),
    ...(cache === undefined ? {} : { cache }),
  });
  const { tagMany, mountBlob } = oci;
  // The Hub API is not the registry: it knows no pulls, and the guard is asked by it directly.
  const listing = { api: createHubApi({ http: inner, guard, clock, credentials }), clock };
  const known = createDescriptorMemory(cache);
  const written = new Set<string>();

  function noteWritten(reference: Reference): void {
    if (written.size >= maxWritten) written.clear();
    written.add(formatReference(reference));
  }

  const resolve: RegistryAdapter["resolve"] = async (reference, call) => {
    const resolution = await oci.resolve(reference, call);
    if (resolution.state === "present") known.note(resolution.descriptor);
    return resolution;
  };
  const resolveEach: OciRegistry["resolveMany"] = async function* (references, call) {
    for await (const [reference, answer] of oci.resolveMany(references, call)) {
      if (answer.state === "present") known.note(answer.descriptor);
      yield [reference, answer];
    }
  };
  const fetchManifest: RegistryAdapter["fetchManifest"] = async (reference, call) => {
    const stored = await oci.fetchManifest(reference, call);
    if (stored !== undefined) known.note(stored.descriptor);
    return stored;
  };
  const source = { listing, known, registry: { listTags: oci.listTags, resolveMany: resolveEach } };
  const removeTag: NonNullable<RegistryAdapter["untag"]> = async (target, expected, call = {}) => {
    await untag({ listing, resolve }, { target, expected }, call);
    noteWritten(target);
  };
  const send = (target: DigestReference, call: CallOptions) => deleteFromRegistry({ http, credentials }, target, call);

  return {
    ...oci,
    resolve,
    fetchManifest,
    resolveMany: (references, call = {}) =>
      resolveMany(
        { listing, known, ask: resolveEach, wasWritten: (reference) => written.has(formatReference(reference)) },
        references,
        call,
      ),
    async putManifest(repository, manifest, call) {
      refuseOfficial(repository);
      await oci.putManifest(repository, manifest, call);
      known.note(manifest.descriptor);
    },
    async putBlob(repository, descriptor, content, call) {
      refuseOfficial(repository);
      await oci.putBlob(repository, descriptor, content, call);
    },
    async tag(target, tag, expected, call) {
      refuseOfficial(target);
      noteWritten(tagReference(target, tag));
      return await oci.tag(target, tag, expected, call);
    },
    ...(tagMany === undefined
      ? {}
      : {
          async tagMany(target, tags, call) {
            refuseOfficial(target);
            for (const { tag } of tags) noteWritten(tagReference(target, tag));
            return await tagMany(target, tags, call);
          },
        }),
    ...(mountBlob === undefined
      ? {}
      : {
          async mountBlob(target, from, call) {
            refuseOfficial(target);
            return await mountBlob(target, from, call);
          },
        }),
    inventory: {
      covers: "tagged",
      refusesReferenced: true,
      list: (repository, call = {}) => listInventory(source, repository, call),
    },
    untag: removeTag,
    async deleteManifest(target, expected, call = {}) {
      const deleter = {
        registry: { resolve, fetchManifest },
        showAllTags: (repository: RepositoryName, own: CallOptions) => showAllTags(source, repository, own),
        untag: removeTag,
        send,
      };
      refuseForeign(target);
      await deleteManifest(deleter, { target, expected }, call);
    },
    rateLimit: () => budget.last(),
    async close() {
      await oci.close();
      if (options.http === undefined) await inner.close();
    },
  };
}

function credentialsOf({ username, password }: DockerHubRegistryOptions) {
  if (username !== undefined && password !== undefined) return { username, password };
  if (username === undefined && password === undefined) return undefined;
  throw new BayplanError(
    "INVALID_INPUT",
    "Pass both username and password to Docker Hub, or none for anonymous pulls.",
  );
}
