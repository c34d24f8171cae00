import { readPlatforms } from "../observe/read-platforms.ts";
import type { Digest } from "../oci/digest.ts";
import { type DigestReference, digestReference, formatReference, type Reference } from "../oci/reference.ts";
import type { Plan } from "../plan/plan.ts";
import type { Expected } from "../ports/registry.ts";
import { registryFor } from "../ports/registry-for.ts";
import type { Drift } from "./drift.ts";
import { type BaseQuestion, type DriftQuestions, driftQuestions, type TagQuestion } from "./drift-questions.ts";
import { resolveReferences, type Shown, type Unanswered, unanswered } from "./resolve-references.ts";
import type { ExecutionContext } from "./step-context.ts";

/** What has changed since a plan was made. */
export interface DriftReport {
  readonly drift: readonly Drift[];
  /** Steps that cannot begin, because what they rest on could not be looked at. */
  readonly unknown: ReadonlyMap<string, Unanswered>;
}

/** What is looked at. */
interface FindDriftOptions {
  /** Only whether images that the plan names by digest are still there. */
  readonly isPinned: boolean;
}

/**
 * Looks again at everything a plan rests on. What this plan did itself in an earlier execution is no drift. What could
 * not be learnt is neither drift nor agreement.
 *
 * @throws BayplanError `CANCELLED`.
 */
export async function findDrift(
  plan: Plan,
  context: ExecutionContext,
  options: FindDriftOptions,
): Promise<DriftReport> {
  const questions = driftQuestions(plan, context.definition);
  const report = await look(questions, context, options);
  // Tags may be moved while they are read, by another execution of the same plan: only what is so twice counts.
  return report.drift.length === 0 ? report : await look(questions, context, options);
}

async function look(
  { bases, tags }: DriftQuestions,
  context: ExecutionContext,
  { isPinned }: FindDriftOptions,
): Promise<DriftReport> {
  const drift = new Map<string, Drift>();
  const unknown = new Map<string, Unanswered>();
  const add = (found: Omit<Drift, "steps">, step: string) => {
    const key = `${found.kind} ${found.reference}`;
    drift.set(key, { ...found, steps: [...(drift.get(key)?.steps ?? []), step] });
  };
  const shown = await resolveReferences(
    [...bases, ...tags].flatMap((asked) =>
      "witness" in asked && asked.witness !== undefined ? [asked.reference, asked.witness] : [asked.reference],
    ),
    context,
  );
  const moved = bases.filter(({ reference, digest }) => !shows(answer(shown, reference), { digest }));
  const unmoved = tags.filter((tag) => isUnmoved(tag, answer(shown, tag.reference)));
  const pins = moved.map((base) => pinOf(base));
  const there = await resolveReferences([...pins, ...unmoved.flatMap(({ sources }) => sources)], context);

  const platformsOf = rememberPlatforms(context);
  for (const base of moved) {
    const pin = pinOf(base);
    const still = answer(there, pin);
    const now = answer(shown, base.reference);
    const isGone = "absent" in still;
    if ("error" in still) unknown.set(base.step, still.error);
    else if (isGone) add({ kind: "image-gone", reference: formatReference(pin), ...differs(base, still) }, base.step);
    else if (isPinned) continue;
    else if ("error" in now) unknown.set(base.step, now.error);
    else if ("absent" in now)
      add({ kind: "base-moved", reference: formatReference(base.reference), ...differs(base, now) }, base.step);
    else {
      const platforms = await platformsOf(digestReference(base.reference, now.digest));
      if ("error" in platforms) unknown.set(base.step, platforms.error);
      else if (!isSameFor(base, platforms.found))
        add({ kind: "base-moved", reference: formatReference(base.reference), ...differs(base, now) }, base.step);
    }
  }
  for (const tag of unmoved) {
    const [first] = tag.sources;
    if (first === undefined || tag.target === undefined) continue;
    const isGone = tag.sources.every((source) => "absent" in answer(there, source));
    const planned = { digest: tag.target };
    if (isGone)
      add({ kind: "image-gone", reference: formatReference(first), planned, found: { absent: true } }, tag.step);
  }
  for (const tag of isPinned ? [] : tags) {
    const now = answer(shown, tag.reference);
    // What cannot be read is read again by the step itself, right before it writes.
    if ("error" in now || shows(now, tag.expected) || isOwnEffect(tag, now, shown)) continue;
    add({ kind: "tag-moved", reference: formatReference(tag.reference), planned: tag.expected, found: now }, tag.step);
  }
  return { drift: [...drift.values()], unknown };
}

/** Whether a tag that is not as expected may show what this plan put there. */
function isOwnEffect(tag: TagQuestion, now: Expected, shown: ReadonlyMap<string, Shown>): boolean {
  if ("absent" in now) return false;
  if (tag.target !== undefined) return now.digest === tag.target;
  // Without a witness the step decides, when it knows what it would write.
  return (
    tag.witness === undefined ||
    (!("absent" in answer(shown, tag.witness)) && !isOther(answer(shown, tag.witness), now))
  );
}

function isOther(shown: Shown, { digest }: { readonly digest: Digest }): boolean {
  return "digest" in shown && shown.digest !== digest;
}

/** Whether the image has yet to be put under its tag, as planned. */
function isUnmoved(tag: TagQuestion, now: Shown): boolean {
  return tag.target !== undefined && !shows(now, { digest: tag.target }) && shows(now, tag.expected);
}

function shows(now: Shown, expected: Expected): boolean {
  return "digest" in expected ? "digest" in now && now.digest === expected.digest : "absent" in now;
}

function answer(answers: ReadonlyMap<string, Shown>, reference: Reference): Shown {
  return answers.get(formatReference(reference)) ?? { error: { code: "INCOMPLETE", message: "It was not answered." } };
}

function pinOf({ reference, digest }: BaseQuestion): DigestReference {
  return digestReference(reference, digest);
}

function differs({ digest }: BaseQuestion, found: Expected): Pick<Drift, "planned" | "found"> {
  return { planned: { digest }, found };
}

/** An index that only changed in what is not used, as its attestations or other platforms, is the same base. */
function isSameFor({ platforms }: BaseQuestion, found: Readonly<Record<string, Digest>>): boolean {
  const pins = [...platforms];
  return (
    pins.length > 0 && pins.every(([platform, digest]) => Object.hasOwn(found, platform) && found[platform] === digest)
  );
}

type Platforms = { readonly found: Readonly<Record<string, Digest>> } | { readonly error: Unanswered };

/** Reads the platforms of each image once. */
function rememberPlatforms(context: ExecutionContext): (reference: DigestReference) => Promise<Platforms> {
  const known = new Map<string, Promise<Platforms>>();
  const { signal } = context;
  return (reference) => {
    const key = formatReference(reference);
    const read = async (): Promise<Platforms> => {
      try {
        const registry = registryFor(context.ports.registries, reference.registry);
        return { found: await readPlatforms(registry, reference, signal === undefined ? {} : { signal }) };
      } catch (error) {
        if (signal?.aborted) throw error;
        return { error: unanswered(error) };
      }
    };
    const reading = known.get(key) ?? read();
    known.set(key, reading);
    return reading;
  };
}
