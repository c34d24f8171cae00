import {
  createPlan,
  type Digest,
  defineConfig,
  type Family,
  formatPlatform,
  formatReference,
  type ImageConfig,
  instantFromMs,
  type PlannedNode,
  parseDigest,
  parsePlatform,
  parseReference,
  type ReferenceFact,
  type ReleaseState,
  type Requirement,
  requirements,
} from "@bayplan/core";
import { z } from "zod";
import { dockerLibraryKeys } from "./docker-library-keys.ts";

const Sources = z.record(
  z.string(),
  z.object({ arches: z.record(z.string(), z.object({ parents: z.record(z.string(), z.string().nullable()) })) }),
);
const Facts = z.object({ external: z.record(z.string(), z.string()), registry: z.record(z.string(), z.string()) });
const PlanInput = Facts.extend({ sources: Sources });
const TimelineInput = Facts.extend({
  sources: z.string(),
  shared: z.object({ sources: z.record(z.string(), Sources) }),
});
type Input = z.infer<typeof PlanInput>;

const now = instantFromMs(Date.UTC(2026, 10, 21));

/** One build: a source on one architecture, with its parents in the order of the Dockerfile. */
interface Build {
  readonly sourceId: string;
  readonly arch: string;
  readonly image: string;
  readonly platform: string;
  /** What FROM says, and the image or reference it means. */
  readonly parents: readonly { readonly from: string; readonly base: string; readonly pinned?: string }[];
}

/** One plan of the timeline: its sources stand beside the cases, by name. */
export function checkPlanOfTimeline(input: unknown): unknown {
  const { sources, shared, ...facts } = TimelineInput.parse(input);
  return plan({ ...facts, sources: Sources.parse(shared.sources[sources]) });
}

/** The same for a document that is one plan. */
export function checkDockerLibraryPlan(input: unknown): unknown {
  return plan(PlanInput.parse(input));
}

function plan(input: Input): unknown {
  const builds = buildsOf(input);
  const family = familyOf(builds);
  const planned = createPlan(family, stateOf(family, builds, input), now);
  const nodes = new Map(planned.nodes.map((node) => [node.image, node]));
  const rows = builds.map((build) => ({ name: `${build.sourceId}|${build.arch}`, node: nodes.get(build.image) }));
  const named = rows.flatMap(({ name, node }) => (node?.key === undefined ? [] : [[name, idOf(node.key)] as const]));
  const queue = rows.filter(({ node }) => node?.state.state === "queued" && node.key !== undefined);
  const blocked = rows.filter(({ node }) => node === undefined || isBlocked(node)).map(({ name }) => name);
  const built = rows.filter(({ node }) => node?.state.state === "tag-missing");
  return {
    buildIds: Object.fromEntries(named),
    queue: queue.flatMap(({ node }) => (node?.key === undefined ? [] : [idOf(node.key)])),
    blocked,
    counts: { built: built.length, queue: queue.length, blocked: blocked.length },
  };
}

/** docker-library has no late binding: what waits for a build of the same plan is blocked there. */
function isBlocked(node: PlannedNode): boolean {
  return node.state.state === "blocked" || (node.state.state === "queued" && node.key === undefined);
}

function idOf(key: Digest): string {
  return key.slice("sha256:".length);
}

function buildsOf({ sources }: Input): readonly Build[] {
  return Object.entries(sources).flatMap(([sourceId, { arches }]) =>
    Object.entries(arches).map(([arch, { parents }]): Build => {
      const named = Object.entries(parents).filter(([from]) => from !== "scratch");
      return {
        sourceId,
        arch,
        image: imageOf(sourceId, arch),
        platform: platformOf(arch),
        parents: named.map(([from, parent]) => {
          if (parent === null) return { from, base: from, pinned: from };
          // A source that is not built for this architecture is nobody's image: the reference stays, and nothing is there.
          if (!parent.startsWith("pin:"))
            return { from, base: sources[parent]?.arches[arch] === undefined ? from : imageOf(parent, arch) };
          const pinned = `${from}@${parent.slice("pin:".length)}`;
          return { from, base: pinned, pinned };
        }),
      };
    }),
  );
}

function imageOf(sourceId: string, arch: string): string {
  return `${sourceId}-${arch}`;
}

/** Names as on Docker Hub: arm32v7, i386, windows-amd64. */
function platformOf(arch: string): string {
  if (arch.startsWith("windows-")) return arch.replace("-", "/");
  const [, bits, variant] = /^arm(32|64)(v\d+)$/.exec(arch) ?? [];
  if (variant !== undefined) return `linux/${bits === "32" ? "arm" : "arm64"}/${variant}`;
  return `linux/${arch === "i386" ? "386" : arch}`;
}

function familyOf(builds: readonly Build[]): Family {
  const byImage = new Map(builds.map((build) => [build.image, build]));
  const images = builds.map(({ image, platform, parents }): readonly [string, ImageConfig] => {
    const base = parents.map((parent) => parent.base);
    return [image, { workflow: "build.yml", platforms: [platform], ...(base.length === 0 ? {} : { base }) }];
  });
  return defineConfig(
    {
      repository: "registry.example/staging/{image}",
      version: { source: "fixed", scheme: "semver" },
      images: Object.fromEntries(images),
      tags: ["{version}"],
    },
    {
      buildKeys: dockerLibraryKeys(({ source }) => {
        const build = byImage.get(source["image"] ?? "");
        if (build === undefined) throw new Error(`no source is called ${source["image"]}`);
        return { ...build, froms: build.parents.map(({ from }) => from) };
      }),
    },
  );
}

/** Answers everything that planning asks, from the tables of the case. */
function stateOf(family: Family, builds: readonly Build[], { external, registry }: Input): ReleaseState {
  const facts = { sources: {} as Record<string, object>, references: {} as Record<string, ReferenceFact> };
  const state = { formatVersion: 1, observedAt: now, tags: {}, ...facts } as ReleaseState;
  const known = externalFacts(builds, external);
  const platforms = new Map(builds.map(({ image, platform }) => [image, formatPlatform(parsePlatform(platform))]));
  const answer = (requirement: Requirement) => {
    if (requirement.kind === "source") {
      const completeness = { truncated: false };
      facts.sources[requirement.source] = { state: "listed", candidates: [{ raw: "1.0.0" }], completeness };
    }
    if (requirement.kind !== "reference") return;
    const { reference } = requirement;
    const name = formatReference(reference);
    const built = reference.kind === "tag" ? registry[reference.tag] : undefined;
    const platform = platforms.get(reference.repository.split("/").at(-1) ?? "");
    facts.references[name] =
      built === undefined || platform === undefined
        ? (known.get(name) ?? { state: "absent" })
        : { state: "present", digest: parseDigest(built), platforms: { [platform]: parseDigest(built) } };
  };
  for (let open = requirements(family, state, now); open.length > 0; open = requirements(family, state, now))
    open.forEach(answer);
  return state;
}

/** Tables give the manifest per architecture; the digest of the whole index is nobody's question here. */
function externalFacts(builds: readonly Build[], external: Input["external"]): ReadonlyMap<string, ReferenceFact> {
  const found = new Map<string, Record<string, Digest>>();
  for (const { arch, platform, parents } of builds) {
    for (const { pinned } of parents) {
      const text = pinned === undefined ? undefined : external[`${pinned}|${arch}`];
      if (pinned === undefined || text === undefined) continue;
      const name = formatReference(parseReference(pinned));
      const platforms = found.get(name) ?? {};
      platforms[formatPlatform(parsePlatform(platform))] = parseDigest(text);
      found.set(name, platforms);
    }
  }
  return new Map(
    [...found].map(([name, platforms]): [string, ReferenceFact] => {
      const digest = Object.values(platforms)[0];
      return [name, digest === undefined ? { state: "absent" } : { state: "present", digest, platforms }];
    }),
  );
}
