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
import type { Plan, PlannedNode, TagStep, VerifyStep } from "./plan.ts";
import { planId } from "./plan-id.ts";

/** An image that was tested under its digest. */
export interface TestedImage {
  /** Its name in the definition. */
  readonly image: string;
  readonly version: string;
  readonly repository: RepositoryName;
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
 * No tag is written before every image of the group is verified, no moving tag before all immutable ones are there; and
 * nothing at all where one target is taken by another image or could not be asked, which the plan states.
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
    return { tested, id, targets: wanted.map((tag) => preflight(tested, tag, state)) };
  });
  const obstacle = candidates.find(({ targets }) => targets.some((target) => target.problem !== undefined));
  const open = obstacle === undefined ? candidates.filter(({ targets }) => targets.some(isWritten)) : [];
  const steps = [...open.map(({ tested }) => verifyStep(tested)), ...tagSteps(open)];
  const plan: Omit<Plan, "id"> = {
    formatVersion: 1,
    family: options.family ?? "promotion",
    plannedAt: now,
    expiresAt: addMs(now, options.validMs ?? 3_600_000),
    steps,
    nodes: candidates.map((candidate) => plannedNode(candidate, obstacle?.id)),
    unresolved: [],
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

interface Candidate {
  readonly tested: TestedImage;
  readonly id: string;
  readonly targets: readonly Target[];
}

const nodeId = ({ image, version }: Pick<TestedImage, "image" | "version">) => `${image}@${version}`;
const isWritten = (target: Target) => target.expected !== undefined;

function preflight(tested: TestedImage, tag: PromotedTag, state: Pick<ReleaseState, "references">): Target {
  const reference = formatReference(tagReference(tested.repository, tag.tag));
  const fact = referenceFact(state, reference);
  const { digest } = tested;
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
  const common = { dependsOn: [], group: "promotion", node, reasons: promotionReasons(digest, []) };
  return { kind: "verify", id: stepId.verify(node), ...common, repository, target: { digest }, platforms };
}

/** All immutable tags of the group, then all others: an image that is there twice is found before anything moves. */
function tagSteps(candidates: readonly Candidate[]): readonly TagStep[] {
  const verified = candidates.map(({ id }) => stepId.verify(id));
  const last = new Map<string, string>();
  const write = (mutability: Target["mutability"], after: readonly string[]) =>
    candidates.flatMap(({ tested, id, targets }) =>
      targets.flatMap((target): readonly TagStep[] => {
        const { tag, expected, reasons } = target;
        if (target.mutability !== mutability || expected === undefined) return [];
        const step: TagStep = {
          kind: "tag",
          id: `tag:${id}:${tag}`,
          dependsOn: [...new Set([...after, last.get(id) ?? stepId.verify(id)])],
          ...{ group: "promotion", node: id, reasons: promotionReasons(tested.digest, reasons) },
          ...{ repository: tested.repository, target: { digest: tested.digest }, tag, mutability, expected },
        };
        last.set(id, step.id);
        return [step];
      }),
    );
  const immutable = write("immutable", verified);
  const barrier = last.size === 0 ? verified : [...last.values()];
  return [...immutable, ...write("moving", barrier)];
}

function promotionReasons(digest: Digest, more: readonly Reason[]): Reasons {
  return [{ code: "promotion", digest }, ...more];
}

function plannedNode({ tested, id, targets }: Candidate, obstacle: string | undefined): PlannedNode {
  const { image, version, digest } = tested;
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
    for (const { tag } of Object.hasOwn(tags, id) ? (tags[id] ?? []) : []) {
      const reference = formatReference(tagReference(tested.repository, parseTag(tag)));
      if (references.has(reference)) throw invalid(`${reference} is there twice`);
      references.add(reference);
    }
  }
  const stray = Object.keys(tags).find((id) => !ids.has(id));
  if (stray !== undefined) throw invalid(`${stray} has tags and no digest`);
}

function invalid(why: string): BayplanError {
  return new BayplanError("INVALID_INPUT", `The promotion is unclear: ${why}.`);
}
