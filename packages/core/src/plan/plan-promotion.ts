import { BayplanError } from "../errors.ts";
import { addMs, type Instant } from "../instant.ts";
import { referenceFact } from "../observe/node-key.ts";
import type { ReleaseState } from "../observe/release-state.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, formatRepository, type RepositoryName, tagReference } from "../oci/reference.ts";
import { parseTag } from "../oci/tag.ts";
import type { Expected } from "../ports/registry.ts";
import type { Reason, Reasons } from "../reason.ts";
import { stepId } from "./build-steps.ts";
import { type GroupTag, gateSteps } from "./gate-steps.ts";
import type { CopyStep, Plan, PlannedNode, VerifyStep } from "./plan.ts";
import { planId } from "./plan-id.ts";

/** An image that was tested under its digest. */
export interface TestedImage {
  /** Its name in the definition. */
  readonly image: string;
  readonly version: string;
  /** Where it was tested. */
  readonly repository: RepositoryName;
  /** Where it is tagged; what is not there is copied first. Default: where it was tested. */
  readonly to?: readonly RepositoryName[];
  readonly digest: Digest;
  /** Platforms it must have, for example `linux/arm64`. */
  readonly platforms: readonly string[];
}

/** A tag that an image gets. */
export interface PromotedTag {
  readonly tag: string;
  readonly mutability: "immutable" | "moving";
}

/** How a promotion is planned. */
export interface PromotionOptions {
  /** Name of the family, for people. Default `promotion`. */
  readonly family?: string;
  /** How long the plan may be executed, in milliseconds. Default one hour. */
  readonly validMs?: number;
}

/** So many are one release; their steps name each other. */
const mostImages = 1000;

/**
 * Puts the tags of a release group on digests that were tested: the same bytes, immutable tags first, `latest` last.
 * No tag is written before every image of the group is verified and copied and all tags were looked at, no moving tag
 * before all immutable ones are there; and nothing at all where one target is taken by another image or could not be
 * asked, which the plan states.
 *
 * @param tags - By `image@version`.
 * @param state - What all these tags show now; what is not in it counts as unknown.
 * @throws BayplanError `INVALID_INPUT` for an image or a tag that is there twice and for tags of no image,
 * `INVALID_TAG`.
 */
export function planPromotion(
  digests: readonly TestedImage[],
  tags: Readonly<Record<string, readonly PromotedTag[]>>,
  state: Pick<ReleaseState, "references">,
  now: Instant,
  options: PromotionOptions = {},
): Plan {
  refuseUnclear(digests, tags);
  const candidates = digests.map((tested) => {
    const id = nodeId(tested);
    const wanted = [...(Object.hasOwn(tags, id) ? (tags[id] ?? []) : [])].sort(bySpecificity);
    const places = placesOf(tested).map((repository) => ({
      repository,
      targets: wanted.map((tag) => preflight(repository, tested, tag, state)),
    }));
    return { tested, id, places };
  });
  const obstacle = candidates.find(({ places }) => allTargets(places).some((target) => target.problem !== undefined));
  const open = obstacle === undefined ? candidates.filter(({ places }) => allTargets(places).some(isWritten)) : [];
  const copies = open.map(copySteps);
  const members = open.map((candidate, index) => ({
    ready: [stepId.verify(candidate.id), ...(copies[index] ?? []).map((copy) => copy.id)],
    tags: candidate.places.map((place) => groupTags(candidate, place)),
  }));
  const steps = [...open.map(({ tested }) => verifyStep(tested)), ...copies.flat(), ...gateSteps(group, members)];
  const plan: Omit<Plan, "id"> = {
    formatVersion: 1,
    family: options.family ?? "promotion",
    plannedAt: now,
    expiresAt: addMs(now, options.validMs ?? 3_600_000),
    steps,
    nodes: candidates.map((candidate) => plannedNode(candidate, obstacle?.id)),
    unresolved: [],
    ...(steps.length === 0 ? {} : { groups: { [group]: "gate" as const } }),
  };
  return { ...plan, id: planId(plan) };
}

interface Target extends PromotedTag {
  readonly reference: string;
  /** Absent where the tag shows the digest already. */
  readonly expected?: Expected;
  readonly reasons: readonly Reason[];
  readonly problem?: Reason;
}

/** The tags in one repository. */
interface Place {
  readonly repository: RepositoryName;
  readonly targets: readonly Target[];
}

interface Candidate {
  readonly tested: TestedImage;
  readonly id: string;
  readonly places: readonly Place[];
}

const group = "promotion";

const nodeId = ({ image, version }: Pick<TestedImage, "image" | "version">) => `${image}@${version}`;
const placesOf = ({ repository, to }: TestedImage) => to ?? [repository];
const allTargets = (places: readonly Place[]) => places.flatMap(({ targets }) => targets);
const isWritten = (target: Target) => target.expected !== undefined;

function preflight(
  repository: RepositoryName,
  { digest }: TestedImage,
  tag: PromotedTag,
  state: Pick<ReleaseState, "references">,
): Target {
  const reference = formatReference(tagReference(repository, tag.tag));
  const fact = referenceFact(state, reference);
  const target = { ...tag, reference, reasons: [] };
  if (fact?.state === "absent")
    return { ...target, expected: { absent: true }, reasons: [{ code: "tag-missing", reference }] };
  if (fact?.state !== "present") {
    const unknown = fact?.state === "unknown" ? fact : { error: "INCOMPLETE", message: "Nobody said what it shows." };
    return {
      ...target,
      problem: { code: "registry-unknown", reference, error: unknown.error, message: unknown.message },
    };
  }
  if (fact.digest === digest) return target;
  const expected = { digest: fact.digest };
  if (tag.mutability === "moving")
    return { ...target, expected, reasons: [{ code: "tag-behind", reference, from: expected, to: digest }] };
  return { ...target, problem: { code: "immutable-conflict", reference, found: fact.digest, wanted: digest } };
}

function verifyStep(tested: TestedImage): VerifyStep {
  const { repository, digest, platforms } = tested;
  const node = nodeId(tested);
  const reasons = promotionReasons(digest, []);
  return {
    dependsOn: [],
    group,
    id: stepId.verify(node),
    kind: "verify",
    node,
    platforms,
    reasons,
    repository,
    target: { digest },
  };
}

/** Only where there is something to tag: what is tagged already is there. */
function copySteps({ tested, id, places }: Candidate): readonly CopyStep[] {
  return places.flatMap(({ repository, targets }): readonly CopyStep[] => {
    if (!targets.some(isWritten) || isOwn(tested, repository)) return [];
    const { digest } = tested;
    return [
      {
        dependsOn: [stepId.verify(id)],
        from: tested.repository,
        group,
        id: stepId.copy(id, repository),
        kind: "copy",
        node: id,
        reasons: promotionReasons(digest, []),
        repository,
        target: { digest },
      },
    ];
  });
}

function groupTags({ tested, id }: Candidate, { repository, targets }: Place): readonly GroupTag[] {
  const { digest } = tested;
  return targets.flatMap(({ tag, reference, mutability, expected, reasons }): readonly GroupTag[] => {
    if (expected === undefined) return [];
    return [
      {
        expected,
        id: `tag:${id}:${isOwn(tested, repository) ? tag : reference}`,
        kind: "tag",
        mutability,
        node: id,
        reasons: promotionReasons(digest, reasons),
        repository,
        tag,
        target: { digest },
      },
    ];
  });
}

function isOwn(tested: TestedImage, repository: RepositoryName): boolean {
  return formatRepository(repository) === formatRepository(tested.repository);
}

function promotionReasons(digest: Digest, more: readonly Reason[]): Reasons {
  return [{ code: "promotion", digest }, ...more];
}

function plannedNode({ tested, id, places }: Candidate, obstacle: string | undefined): PlannedNode {
  const { image, version, digest } = tested;
  const targets = allTargets(places);
  const problems = targets.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
  const isOpen = targets.some(isWritten);
  const common = { id, image, version, bases: [], withheld: [] };
  const [main] = targets;
  const reference = main?.reference ?? `${formatRepository(tested.repository)}@${digest}`;
  if (obstacle === undefined) {
    const state = { state: isOpen ? ("tag-missing" as const) : ("built" as const), digest };
    return { ...common, reference, state, reasons: promotionReasons(digest, []) };
  }
  const [first, ...rest] = problems;
  const reasons: Reasons = first === undefined ? [{ code: "group-held", because: obstacle }] : [first, ...rest];
  return { ...common, reference, state: { state: "blocked", on: obstacle }, reasons };
}

/** Immutable ones first, then by how many numbers they name; `latest` names none and comes last. */
function bySpecificity(left: PromotedTag, right: PromotedTag): number {
  const rank = ({ tag, mutability }: PromotedTag) =>
    mutability === "immutable" ? 1000 : tag === "latest" ? -1 : (tag.match(/\d+/g)?.length ?? 0);
  return rank(right) - rank(left);
}

function refuseUnclear(digests: readonly TestedImage[], tags: Readonly<Record<string, readonly PromotedTag[]>>): void {
  if (digests.length > mostImages)
    throw invalid(`it has ${digests.length} images, at most ${mostImages} are one group`);
  const ids = new Set<string>();
  const references = new Set<string>();
  for (const tested of digests) {
    const id = nodeId(tested);
    if (ids.has(id)) throw invalid(`${id} is there twice`);
    ids.add(id);
    if (placesOf(tested).length === 0) throw invalid(`${id} is promoted to no repository`);
    for (const { tag } of Object.hasOwn(tags, id) ? (tags[id] ?? []) : []) {
      for (const repository of placesOf(tested)) {
        const reference = formatReference(tagReference(repository, parseTag(tag)));
        if (references.has(reference)) throw invalid(`${reference} is there twice`);
        references.add(reference);
      }
    }
  }
  const stray = Object.keys(tags).find((id) => !ids.has(id));
  if (stray !== undefined) throw invalid(`${stray} has tags and no digest`);
}

function invalid(why: string): BayplanError {
  return new BayplanError("INVALID_INPUT", `The promotion is unclear: ${why}.`);
}
