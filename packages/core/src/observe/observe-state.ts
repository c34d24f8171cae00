import { describeImage } from "../compare/describe-image.ts";
import type { Family } from "../definition/family.ts";
import { BayplanError, isBayplanError, throwIfCancelled } from "../errors.ts";
import {
  type DigestReference,
  digestReference,
  formatReference,
  formatRepository,
  type Reference,
  type RepositoryName,
} from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import { fanOutSignal } from "../ports/fan-out-signal.ts";
import { mapConcurrently } from "../ports/map-concurrently.ts";
import type { ObservePorts } from "../ports/ports.ts";
import { registryFor } from "../ports/registry-for.ts";
import type { VersionCandidate } from "../ports/version-source.ts";
import type { BuildOrders } from "./build-orders.ts";
import { factOfImage, type ImageFact } from "./image-fact.ts";
import { readPlatforms } from "./read-platforms.ts";
import type { ReferenceFact, ReleaseState, SourceFact, TagsFact, Unknown } from "./release-state.ts";
import { askedSources, isAnswered, type Requirement, requirements } from "./requirements.ts";
import { groupReferences, type ReferenceGroup, resolveTogether } from "./resolve-together.ts";

/** How a state is observed. */
export interface ObserveOptions extends CallOptions {
  /** Questions in flight at once. Default 16. Many references that an adapter resolves at once are one question. */
  readonly concurrency?: number;
  /** What the plan will be made with: builds that somebody orders need their bases to be known. Default none. */
  readonly orders?: BuildOrders;
}

/** The state while it grows: the same document, its records still open. */
interface Facts extends Omit<ReleaseState, "images"> {
  readonly sources: Record<string, SourceFact>;
  readonly references: Record<string, ReferenceFact>;
  readonly tags: Record<string, TagsFact>;
  images?: Record<string, ImageFact>;
}

/**
 * Asks sources and registries everything a plan needs, each question once. What could not be learnt becomes a fact of
 * its own (`unknown`, with the error's code), so one unreachable registry never hides what the others said.
 *
 * @throws BayplanError `INVALID_INPUT` for a source the definition names and `ports.sources` lacks or two adapters for
 * one host, `UNSUPPORTED` for a registry without adapter, `INVALID_TAG` for a version that would give an illegal tag,
 * `CANCELLED`.
 */
export async function observeState(
  family: Family,
  ports: ObservePorts,
  options: ObserveOptions = {},
): Promise<ReleaseState> {
  refuseMissingPorts(family, ports);
  const facts: Facts = { formatVersion: 1, observedAt: ports.clock.now(), sources: {}, references: {}, tags: {} };
  const stillOpen = () => requirements(family, facts, facts.observedAt, options.orders);
  const fan = fanOutSignal(options.signal);
  const oneByOne = (requirement: Requirement) => (call: CallOptions) => learn(requirement, facts, ports, call);
  const together = (group: ReferenceGroup) => (call: CallOptions) => learnTogether(group, facts, call);
  const ask = async (questions: readonly ((call: CallOptions) => Promise<void>)[]) => {
    await mapConcurrently(questions, options.concurrency ?? 16, (question) => fan.run(question));
    throwIfCancelled(options.signal);
  };
  try {
    for (let open = stillOpen(); open.length > 0; open = stillOpen()) {
      const groups = groupReferences(unresolved(open, facts), ({ registry }) =>
        registryFor(ports.registries, registry),
      );
      const grouped = new Set(groups.flatMap(({ references }) => references));
      const isGrouped = (one: Requirement) => one.kind === "reference" && grouped.has(one.reference);
      const alone = open.filter((requirement) => !isGrouped(requirement));
      await ask([...groups.map(together), ...alone.map(oneByOne)]);
      // What is still to be read of them, and what their registry left open.
      const left = open.filter((requirement) => isGrouped(requirement) && !isAnswered(requirement, facts));
      await ask(left.map(oneByOne));
    }
    return facts;
  } finally {
    fan.close();
  }
}

function refuseMissingPorts(family: Family, ports: ObservePorts): void {
  const missing = askedSources(family).filter((name) => !Object.hasOwn(ports.sources, name));
  if (missing.length > 0) {
    const given = Object.keys(ports.sources).join(", ") || "none";
    throw new BayplanError(
      "INVALID_INPUT",
      `The definition names sources that ports.sources lacks: ${missing.join(", ")}. Given: ${given}.`,
    );
  }
  for (const image of family.images) {
    for (const { registry } of [image.repository, ...(image.copies ?? [])]) registryFor(ports.registries, registry);
    for (const base of image.bases)
      if (base.kind === "external") registryFor(ports.registries, base.reference.registry);
  }
}

async function learn(requirement: Requirement, facts: Facts, ports: ObservePorts, options: CallOptions): Promise<void> {
  switch (requirement.kind) {
    case "source":
      facts.sources[requirement.source] = await askSource(requirement.source, ports, options);
      return;
    case "tags":
      facts.tags[formatRepository(requirement.repository)] = await askTags(requirement.repository, ports, options);
      return;
    case "reference": {
      const { reference, platforms } = requirement;
      const key = formatReference(reference);
      const earlier = Object.hasOwn(facts.references, key) ? facts.references[key] : undefined;
      facts.references[key] = await askReference(reference, platforms, earlier, ports, options);
      return;
    }
    case "image": {
      const { reference } = requirement;
      facts.images ??= {};
      facts.images[formatReference(reference)] = await askImage(reference, ports, options);
      return;
    }
  }
}

/** The references of which nothing is known yet. */
function unresolved(open: readonly Requirement[], facts: Facts): readonly Reference[] {
  return open.flatMap((requirement) =>
    requirement.kind === "reference" && !Object.hasOwn(facts.references, formatReference(requirement.reference))
      ? [requirement.reference]
      : [],
  );
}

async function learnTogether(group: ReferenceGroup, facts: Facts, options: CallOptions): Promise<void> {
  await resolveTogether(
    group,
    (reference, answer) => {
      facts.references[formatReference(reference)] =
        answer.state === "present"
          ? { state: "present", digest: answer.descriptor.digest }
          : answer.state === "unknown"
            ? unknown(answer.error)
            : { state: answer.state };
    },
    options,
  );
}

async function askSource(name: string, ports: ObservePorts, options: CallOptions): Promise<SourceFact> {
  try {
    const listing = (ports.sources[name] as (typeof ports.sources)[string]).list(options);
    const candidates: VersionCandidate[] = [];
    for await (const candidate of listing) candidates.push(candidate);
    return { state: "listed", candidates, completeness: listing.completeness() };
  } catch (error) {
    return unknown(error);
  }
}

async function askTags(repository: RepositoryName, ports: ObservePorts, options: CallOptions): Promise<TagsFact> {
  try {
    // A registry may repeat itself further on in its list.
    const tags = new Set<string>();
    for await (const tag of registryFor(ports.registries, repository.registry).listTags(repository, options))
      tags.add(tag);
    return { state: "complete", tags: [...tags] };
  } catch (error) {
    if (isBayplanError(error) && error.code === "NOT_FOUND") return { state: "absent" };
    return unknown(error);
  }
}

/** A reference is resolved once: when its platforms are needed later, they are those of the digest found first. */
async function askReference(
  reference: Reference,
  platforms: boolean,
  earlier: ReferenceFact | undefined,
  ports: ObservePorts,
  options: CallOptions,
): Promise<ReferenceFact> {
  try {
    const registry = registryFor(ports.registries, reference.registry);
    const digest = earlier?.state === "present" ? earlier.digest : undefined;
    const resolution = digest === undefined ? await registry.resolve(reference, options) : undefined;
    if (resolution !== undefined && resolution.state !== "present") return { state: resolution.state };
    const found = digest ?? resolution?.descriptor.digest;
    if (found === undefined) return { state: "absent" };
    if (!platforms) return { state: "present", digest: found };
    return {
      state: "present",
      digest: found,
      platforms: await readPlatforms(registry, digestReference(reference, found), options),
    };
  } catch (error) {
    return unknown(error);
  }
}

async function askImage(reference: DigestReference, ports: ObservePorts, options: CallOptions): Promise<ImageFact> {
  try {
    const registry = registryFor(ports.registries, reference.registry);
    return factOfImage(await describeImage(reference, registry, options));
  } catch (error) {
    return unknown(error);
  }
}

// A state keeps one for everything that failed; who answers with pages of text is not repeated in full.
const maxMessage = 2000;

function unknown(error: unknown): Unknown {
  // A programming error must not end up as data in a plan, and a cancellation is not a fact about a registry.
  if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
  // A body cut in the middle of a character leaves half of it, which the JSON of a plan cannot carry.
  return {
    state: "unknown",
    error: error.code,
    message: error.message.slice(0, maxMessage).replace(/\p{Surrogate}/gu, "\uFFFD"),
  };
}
