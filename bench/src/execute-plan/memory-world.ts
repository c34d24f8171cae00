import {
  type CiAdapter,
  type Clock,
  createPlan,
  type Digest,
  defineConfig,
  digestOf,
  type ExecutePorts,
  type Family,
  formatReference,
  observeState,
  type Plan,
  type RegistryAdapter,
  type StoredBytes,
} from "@bayplan/core";
import { createFixedListSource } from "./fixed-list.ts";

/** One image of a family, in an order in which bases come first. */
export interface WorldImage {
  readonly name: string;
  readonly bases: readonly string[];
  readonly buildMs: number;
}

/** A plan that builds every image of a family, and ports in memory to carry it out with. */
export interface MemoryWorld {
  readonly family: Family;
  readonly plan: Plan;
  /** A registry and a CI of their own, empty. */
  createPorts(): ExecutePorts;
}

const host = "registry.example";

/** The images at one version under one tag: a build, a wait, a verification and a tag for each. */
export async function createMemoryWorld(images: readonly WorldImage[], clock: Clock): Promise<MemoryWorld> {
  const entries = images.map(({ name, bases }) => [
    name,
    { workflow: `${name}.yml`, ...(bases.length === 0 ? {} : { base: [...bases] }) },
  ]);
  const family = defineConfig({
    repository: `${host}/{image}`,
    version: { source: "fixed", scheme: "semver" },
    images: Object.fromEntries(entries),
    tags: ["{version}"],
    buildTimeoutSeconds: 604_800,
  });
  const createPorts = () =>
    createMemoryPorts(new Map(images.map(({ name, buildMs }) => [`${name}.yml`, buildMs])), clock);
  const state = await observeState(family, { ...createPorts(), sources: { fixed: createFixedListSource("1.0.0") } });
  return { family, plan: createPlan(family, state, clock.now()), createPorts };
}

function createMemoryPorts(buildMs: ReadonlyMap<string, number>, clock: Clock): ExecutePorts {
  const tags = new Map<string, Digest>();
  const manifests = new Map<string, StoredBytes>();
  const push = (reference: string) => {
    const stored = imageIndex(reference);
    manifests.set(stored.descriptor.digest, stored);
    tags.set(reference, stored.descriptor.digest);
  };
  return { registries: [createRegistry(tags, manifests)], ci: createCi(buildMs, clock, push), clock };
}

function createRegistry(tags: Map<string, Digest>, manifests: ReadonlyMap<string, StoredBytes>): RegistryAdapter {
  const refuse = async (): Promise<never> => {
    throw new Error("Nothing here asks for this.");
  };
  return {
    id: "memory",
    hosts: [host],
    async resolve(reference) {
      const digest = reference.kind === "digest" ? reference.digest : tags.get(formatReference(reference));
      const found = digest === undefined ? undefined : manifests.get(digest);
      return found === undefined ? { state: "absent" } : { state: "present", descriptor: found.descriptor };
    },
    fetchManifest: async (reference) => (reference.kind === "digest" ? manifests.get(reference.digest) : undefined),
    async *fetchBlob() {
      yield await refuse();
    },
    async *listTags() {},
    putManifest: refuse,
    putBlob: refuse,
    async tag({ registry, repository, digest }, tag) {
      tags.set(`${registry}/${repository}:${tag}`, digest);
      return { guarantee: "checked", previous: { absent: true }, changed: true };
    },
  };
}

/** Runs last as long as their workflow says; what takes no time does not ask the clock. */
function createCi(buildMs: ReadonlyMap<string, number>, clock: Clock, push: (reference: string) => void): CiAdapter {
  const runs = new Map<string, { readonly destination: string; readonly tookMs: number }>();
  return {
    id: "memory",
    async dispatch({ workflow, key, inputs, attempt }) {
      runs.set(key, { destination: inputs["destination"] ?? "", tookMs: buildMs.get(workflow) ?? 0 });
      return { id: key, gitRepository: "o/r", url: `memory:${key}`, attempt };
    },
    async *findRuns() {},
    async *watch({ id }, call) {
      const run = runs.get(id);
      if (run === undefined) throw new Error("There is no such run.");
      if (run.tookMs > 0) await clock.sleep(run.tookMs, call);
      push(run.destination);
      yield { state: "completed", conclusion: "success" };
    },
    async cancel() {},
  };
}

function imageIndex(name: string): StoredBytes {
  const entry = {
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    size: 2,
    digest: digestOf(new TextEncoder().encode(name)),
  };
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const manifests = [{ ...entry, platform: { os: "linux", architecture: "amd64" } }];
  const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  return { bytes, descriptor: { mediaType, size: bytes.length, digest: digestOf(bytes) } };
}
