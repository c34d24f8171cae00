import { createHash } from "node:crypto";
import {
  type BuildKeyInput,
  canonicalJson,
  createImageGraph,
  createPlan,
  type Digest,
  defineConfig,
  digestOf,
  type Family,
  type FamilyConfig,
  formatReference,
  type ImageConfig,
  type ImageFact,
  instantFromMs,
  type JsonValue,
  type Plan,
  type ReferenceFact,
  type ReleaseState,
  requirements,
} from "@bayplan/core";
import { answerParent } from "../answer-parent.ts";
import { median } from "../median.ts";
import { readImageShape, repeatShape, type ShapedImage } from "./image-shape.ts";

/** Which family is planned. */
export interface PlanJob {
  readonly path: string;
  readonly rounds: number;
  /** How many times the family stands beside itself. */
  readonly times: number;
}

/** What came of it. Times are of the processor, in milliseconds. */
export interface PlanRun {
  readonly nodes: number;
  readonly steps: number;
  readonly queued: number;
  /** The first plan of the process. */
  readonly coldMs: number;
  readonly warmMs: number;
  /** Canonical bytes of all keys and of the plan's id, and what hashing them takes with `node:crypto` alone. */
  readonly bytes: number;
  readonly hashMs: number;
  /** Everything that planning leaves behind, for a family that was never asked anything. */
  readonly heapPerNode: number;
  /** Everything is published already, so nothing is to be done: what a nightly run finds. */
  readonly idleMs: number;
  readonly idleHeapPerNode: number;
}

const now = instantFromMs(Date.UTC(2026, 10, 21));

answerParent<PlanJob>(async ({ path, rounds, times }): Promise<PlanRun> => {
  const { config, changing } = configOf(repeatShape(readImageShape(path), times));
  const family = defineConfig(config);
  // Everything was built once, under the tags that follow from its bases.
  const staged = new Map<string, Digest>();
  const published = observe(family, (name) => {
    const digest = digestOfName(name);
    if (isStaged(name)) staged.set(name, digest);
    return digest;
  });
  // Then one base was built anew: what is built on it has keys that nobody has built yet.
  const state = observe(family, (name) =>
    isStaged(name) ? staged.get(name) : digestOfName(name, changing(name) ? "new" : ""),
  );
  // What planning remembers with a family counts too: this one remembers nothing yet.
  const fresh = defineConfig(config);
  const heapBefore = heap();
  let cpu = process.cpuUsage();
  const plan = createPlan(fresh, state, now);
  const coldMs = since(cpu);
  const heapPerNode = (heap() - heapBefore) / plan.nodes.length;
  const { id: _, ...rest } = plan;
  const texts = keyTexts(config, state, plan);
  const contents = [...texts, canonicalJson(rest as unknown as JsonValue)].map((text) => Buffer.from(text));
  const measured = { warm: [] as number[], hash: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    cpu = process.cpuUsage();
    createPlan(family, state, now);
    measured.warm.push(since(cpu));
    cpu = process.cpuUsage();
    for (const content of contents) createHash("sha256").update(content).digest("hex");
    measured.hash.push(since(cpu));
  }
  const before = heap();
  const idle = createPlan(family, published, now);
  const idleHeapPerNode = (heap() - before) / idle.nodes.length;
  if (idle.steps.length > 0) throw new Error("something is to be done although everything is published");
  const idleTimes = Array.from({ length: rounds }, () => {
    const started = process.cpuUsage();
    createPlan(family, published, now);
    return since(started);
  });
  return {
    idleMs: median(idleTimes),
    idleHeapPerNode,
    nodes: plan.nodes.length,
    steps: plan.steps.length,
    queued: plan.nodes.filter((node) => node.state.state === "queued").length,
    coldMs,
    warmMs: median(measured.warm),
    bytes: contents.reduce((sum, content) => sum + content.length, 0),
    hashMs: median(measured.hash),
    heapPerNode,
  };
});

/** One image per build: an image on one of its platforms. */
function configOf(images: readonly ShapedImage[]): {
  readonly config: FamilyConfig;
  /** Whether a reference is one of the base that changes: in each copy of the family the one that most is built on. */
  readonly changing: (name: string) => boolean;
} {
  const graph = createImageGraph({
    images: images.map((image) => ({ ...image, bases: image.bases.map((base) => ({ kind: "reference", ...base })) })),
  });
  const places = new Map(images.map((image, place) => [image.name, place]));
  const nameOf = (image: string, platform: string) => `n${places.get(image)}.${platform}`;
  const bases = new Map<string, string[]>();
  for (const { image, base, platforms } of graph.edges) {
    if (base === undefined) continue;
    for (const platform of platforms) {
      const name = nameOf(image, platform);
      bases.set(name, [...(bases.get(name) ?? []), nameOf(base, platform)]);
    }
  }
  const configs = images.flatMap(({ name: image, platforms }) =>
    platforms.map((platform): readonly [string, ImageConfig] => {
      const name = nameOf(image, platform);
      const base = [...new Set(bases.get(name) ?? [])];
      return [name, { workflow: "build.yml", ...(base.length === 0 ? {} : { base }) }];
    }),
  );
  const config: FamilyConfig = {
    repository: "registry.example/{image}",
    version: { source: "fixed", scheme: "semver" },
    images: Object.fromEntries(configs),
    tags: ["{version}"],
    // What exists is the build of its bases as they are now, or it is built again.
    adopt: "verify",
    rebuilds: "replace",
  };
  let most = 0;
  let changed: string[] = [];
  for (const image of graph.order) {
    const dependants = graph.descendantsOf(image).length;
    if (dependants > most) [most, changed] = [dependants, []];
    if (dependants === most) changed.push(`registry.example/n${places.get(image)}.`);
  }
  return { config, changing: (name) => changed.some((start) => name.startsWith(start)) };
}

/** The texts that a plan's keys are made of. Written by a format of its own, which says the same: the plan is the same. */
function keyTexts(config: FamilyConfig, state: ReleaseState, plan: Plan): ReadonlySet<string> {
  const texts = new Set<string>();
  const serialise = ({ source, args, platforms }: BuildKeyInput) => {
    const text = canonicalJson({ v: 1, source, args, platforms });
    texts.add(text);
    return text;
  };
  const same = createPlan(defineConfig(config, { buildKeys: { serialise } }), state, now);
  if (same.id !== plan.id) throw new Error("the recorded keys are not those of the plan");
  return texts;
}

const isStaged = (name: string) => name.includes(":bp-");

/** One digest for each repository, whatever the tag. */
function digestOfName(name: string, what = ""): Digest {
  return digestOf(new TextEncoder().encode(`${what}${name.slice(0, name.lastIndexOf(":"))}`));
}

/** Answers everything that planning asks: what each tag shows, and that images tell nothing of their bases. */
function observe(family: Family, shown: (name: string) => Digest | undefined): ReleaseState {
  const references: Record<string, ReferenceFact> = {};
  const images: Record<string, ImageFact> = {};
  const completeness = { truncated: false };
  const sources = { fixed: { state: "listed" as const, candidates: [{ raw: "1.0.0" }], completeness } };
  const state: ReleaseState = { formatVersion: 1, observedAt: now, sources, references, tags: {}, images };
  for (let open = requirements(family, state, now); open.length > 0; open = requirements(family, state, now)) {
    for (const requirement of open) {
      if (requirement.kind === "image") {
        const { reference } = requirement;
        const platform = { digest: reference.digest, base: {}, diffIds: [], history: [] };
        images[formatReference(reference)] = { state: "read", platforms: { "linux/amd64": platform } };
      }
      if (requirement.kind !== "reference") continue;
      const name = formatReference(requirement.reference);
      const digest = shown(name);
      references[name] =
        digest === undefined ? { state: "absent" } : { state: "present", digest, platforms: { "linux/amd64": digest } };
    }
  }
  return state;
}

function since(cpu: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(cpu);
  return (user + system) / 1000;
}

function heap(): number {
  if (gc === undefined) throw new Error("start with --expose-gc");
  gc();
  return process.memoryUsage().heapUsed;
}
