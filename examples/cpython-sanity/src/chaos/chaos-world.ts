import { createGitHubCi } from "@bayplan/ci-github";
import {
  type CiAdapter,
  createVersionScheme,
  type Digest,
  type ExecutePorts,
  type Family,
  instantToMs,
  type ObservePorts,
} from "@bayplan/core";
import { createOciRegistry } from "@bayplan/registry-oci";
import { createHttpClient } from "@bayplan/runtime";
import { createFixedListSource } from "@bayplan/sources";
import {
  createEmbeddedRegistry,
  createGitHubSimulator,
  createVirtualClock,
  type EmbeddedRegistry,
  type GitHubSimulator,
  pushImage,
  type RegistryAccess,
  type VirtualClock,
} from "@bayplan/testkit";
import { chaosFamily, chaosHosts, chaosRepository } from "./chaos-family.ts";
import { type ChaosImage, chaosImage } from "./chaos-image.ts";
import { type ChaosProcess, createChaosProcess } from "./chaos-process.ts";
import { type ChaosSchedule, chaosImages } from "./chaos-schedule.ts";
import { chaosWorkflows } from "./chaos-workflows.ts";
import type { FaultKind } from "./fault-kind.ts";
import { createTagLedger, type TagLedger } from "./tag-ledger.ts";

/** A fault that was injected. */
export interface InjectedChaos {
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly about: string;
}

/** A coordinator and what it speaks to the world through. */
export interface Coordinator {
  readonly name: string;
  readonly process: ChaosProcess;
  readonly ports: ObservePorts & ExecutePorts & { readonly ci: CiAdapter };
}

/** Breaks what a coordinator uses. */
export type Sabotage = (ports: Coordinator["ports"]) => Coordinator["ports"];

/** Everything around the coordinators. */
export interface ChaosWorld {
  readonly schedule: ChaosSchedule;
  readonly clock: VirtualClock;
  readonly family: Family;
  /** By how references to them begin. */
  readonly registries: Readonly<Record<string, EmbeddedRegistry>>;
  readonly github: GitHubSimulator;
  readonly ledger: TagLedger;
  readonly faults: readonly InjectedChaos[];
  /** Every request of every coordinator, in the order of the answers. */
  readonly requests: readonly string[];
  /** How often each staging tag was built. */
  readonly builds: ReadonlyMap<string, number>;
  /** Digests of images that passed their test. */
  readonly tested: ReadonlySet<string>;
  /** When the coordinators begin. */
  readonly startMs: number;
  nowMs(): number;
  note(kind: FaultKind, about: string): void;
  /** Pushes what was published before. */
  fill(): Promise<void>;
  /** From now on upstream has the next version. */
  publishNewer(): void;
  coordinator(
    name: string,
    options: { readonly hasFaults: boolean; readonly crash?: ChaosSchedule["crash"] },
  ): Coordinator;
}

const credentials = { username: "robot", password: "s3cret-of-the-robot" };
/** What must never be in a result. */
export const chaosSecrets: readonly string[] = [credentials.password, "token-of-the-robot"];

/** A registry, a GitHub and an upstream without sockets, on one virtual clock. */
export function createChaosWorld(schedule: ChaosSchedule, sabotage: Sabotage = (ports) => ports): ChaosWorld {
  const { random } = schedule;
  const clock = createVirtualClock({ auto: true });
  const nowMs = () => instantToMs(clock.now());
  const ledger = createTagLedger(nowMs);
  // What was published before is older than a stale read can be.
  const startMs = nowMs() + 2 * schedule.staleMs;
  const family = chaosFamily(schedule.definition);
  const { wantsTokens, keepsExactTags } = schedule.registry;
  const open = (host: string): EmbeddedRegistry => {
    const registry = createEmbeddedRegistry({
      clock,
      ...(wantsTokens
        ? { auth: { kind: "bearer", users: { [credentials.username]: credentials.password }, tokenLifetimeMs: 60_000 } }
        : {}),
      ...(keepsExactTags ? { immutableTags: (_: string, tag: string) => isExact(tag) } : {}),
    });
    ledger.watch(host, registry);
    return registry;
  };
  const registry = open(chaosHosts.registry);
  const registries: Readonly<Record<string, EmbeddedRegistry>> = {
    [chaosHosts.registry]: registry,
    [chaosHosts.copy]: open(chaosHosts.copy),
  };
  const accessTo = (host: string): RegistryAccess => ({
    origin: `https://${host}`,
    credentials,
    fetch: (request: Request) => (registries[host] ?? registry).fetch(request),
  });
  const images = new Map<string, ChaosImage>();
  const faults: InjectedChaos[] = [];
  const requests: string[] = [];
  const builds = new Map<string, number>();
  const tested = new Set<string>();
  const note = (kind: FaultKind, about: string) => void faults.push({ atMs: nowMs(), kind, about });
  const hidden = new Set<number>();
  const github = createGitHubSimulator({
    clock,
    token: "token-of-the-robot",
    secondaryLimits: false,
    runsVisibleAfterMs: (run) => {
      const lagMs = random.below(schedule.listLagMs + 1, `run ${run.id}`);
      if (!hidden.has(run.id) && instantToMs(run.createdAt) + lagMs > nowMs())
        note("lagging list of runs", run.displayTitle);
      hidden.add(run.id);
      return lagMs;
    },
    repositories: {
      "nascheme/cpython_sanity": {
        workflows: chaosWorkflows({
          ...{ schedule, clock, ledger, images, host: chaosHosts.registry, access: accessTo(chaosHosts.registry) },
          isThere: (repository, tag) => registry.snapshot()[repository]?.[tag] !== undefined,
          onBuilt: ({ destination }) => void builds.set(destination, (builds.get(destination) ?? 0) + 1),
          onTested: (digest) => void tested.add(digest),
          onFault: note,
        }),
      },
    },
  });
  const upstream = ["3.14.3", "3.14.4", "3.15.0b1"];

  async function push(actor: string, image: ChaosImage, references: readonly string[]): Promise<void> {
    images.set(image.digest, image);
    for (const reference of references) {
      const [, host = "", repository = "", tag = ""] = /^([^/]+)\/(.+):([^:]+)$/.exec(reference) ?? [];
      const written = ledger.writing(actor, reference);
      await pushImage({ ...accessTo(host), repository, tag, image: { ...image, platforms: {} } });
      written();
    }
  }

  async function release(version: string, names: readonly string[], alias?: string): Promise<void> {
    let base: ChaosImage | undefined;
    const hosts = schedule.definition.isCopied ? Object.values(chaosHosts) : [chaosHosts.registry];
    for (const name of names) {
      const built = chaosImage(`${name} ${version} from before`, name.startsWith("numpy") ? base : undefined);
      if (name === "cpython-tsan") base = built;
      const on = name.startsWith("numpy") && base !== undefined ? { base: base.digest } : {};
      ledger.images.set(built.digest, { image: name, version, isFromBefore: true, ...on });
      const latest = name === "cpython-asan" ? ["latest"] : [];
      const tags = [version, ...(alias === undefined ? [] : [alias, ...latest])];
      const references = hosts.flatMap((host) => tags.map((tag) => `${host}/${chaosRepository(name, host)}:${tag}`));
      await push("history", built, references);
    }
  }

  /** Somebody with a shell: pushes an image of their own, or puts the tag back to an older one. */
  async function meddle(reference: string, about: string): Promise<void> {
    const [, host = "", repository = "", tag = ""] = /^([^/]+)\/(.+):([^:]+)$/.exec(reference) ?? [];
    if (/^bp-/.test(tag) || !random.chance(schedule.movesPerMille, `moved ${about}`)) return;
    const shown = registries[host]?.snapshot()[repository]?.[tag];
    // Whoever has named a release does not name it anew; that somebody else comes first with it is bad enough.
    if (isExact(tag) && (shown !== undefined || !random.chance(200, `taken ${about}`))) return;
    note("somebody else moves a tag", reference);
    const older = [...ledger.images].filter(
      ([digest, known]) => known.version !== undefined && repository.endsWith(`/${known.image}`) && digest !== shown,
    );
    const goesBack = !isExact(tag) && older.length > 0 && random.chance(500, `back ${about}`);
    const [[digest]] = [older[random.below(older.length, `back to ${about}`)] ?? [""]];
    const image = (goesBack ? images.get(digest) : undefined) ?? chaosImage(`somebody else's ${about}`);
    if (!ledger.images.has(image.digest)) ledger.images.set(image.digest, { image: "somebody else's" });
    await push("somebody else", image, [reference]);
  }

  return {
    ...{ schedule, clock, family, registries, github, ledger, faults, requests, builds, tested, nowMs, note },
    startMs,
    async fill() {
      if (schedule.before !== "nothing") await release("3.14.3t", chaosImages, "3.14t");
      if (schedule.before === "half of this release") await release("3.14.4t", chaosImages.slice(0, 1));
      if (schedule.before === "this release without its aliases") await release("3.14.4t", chaosImages);
      await clock.sleep(startMs - nowMs());
    },
    publishNewer: () => void upstream.push("3.14.5"),
    coordinator(name, { hasFaults, crash }) {
      const process = createChaosProcess({
        ...{ name, schedule, clock, ledger, startMs, hasFaults, onFault: note, beforeLook: meddle },
        ...(crash === undefined ? {} : { crash }),
        onRequest: (line) => void requests.push(line),
      });
      let draws = 0;
      const adapter = (host: string, kind: "registry" | "copy") => {
        const http = createHttpClient({
          clock: process.clock,
          fetch: process.connect(registries[host] ?? registry, kind, host),
          random: () => random.below(1000, `jitter of ${name} ${draws++}`) / 1000,
        });
        return createOciRegistry({ hosts: [host], credentials, clock: process.clock, http });
      };
      const ports = {
        registries: [adapter(chaosHosts.registry, "registry"), adapter(chaosHosts.copy, "copy")],
        ci: createGitHubCi({
          repository: "nascheme/cpython_sanity",
          token: "token-of-the-robot",
          clock: process.clock,
          throttle: false,
          pollMs: { first: 30_000, max: 180_000 },
          fetch: process.connect(github, "github", "api.github.com"),
        }),
        sources: {
          "python.org": createFixedListSource(
            "python.org",
            upstream.map((raw) => ({ raw, prerelease: raw.includes("b") })),
          ),
          numpy: createFixedListSource("numpy", [{ raw: "v2.4.2" }]),
        },
        clock: process.clock,
      };
      return { name, process, ports: sabotage(ports) };
    },
  };
}

const scheme = createVersionScheme("cpython-tag");

/** Whether the first version comes before the second; versions that cannot be told apart do not. */
export function isOlder(left: string, right: string): boolean {
  const [one, other] = [scheme.parse(left), scheme.parse(right)];
  return one !== undefined && other !== undefined && scheme.compare(one, other) < 0;
}

/** Whether a version stands in front: such a tag names one image for ever. */
export function isExact(tag: string): boolean {
  return /^\d+\.\d+\.\d+/.test(tag);
}

/** What a tag of an image shows in one of the registries; `undefined` if it is not there. */
export function shows(
  world: ChaosWorld,
  image: string,
  tag: string,
  host: string = chaosHosts.registry,
): Digest | undefined {
  return world.registries[host]?.snapshot()[chaosRepository(image, host)]?.[tag];
}
