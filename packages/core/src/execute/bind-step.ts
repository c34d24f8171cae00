import type { BuildKeyFormat, BuildKeyInput } from "../definition/build-key-format.ts";
import { BayplanError } from "../errors.ts";
import { buildKey, stagingTag } from "../graph/build-key.ts";
import { canonicalJson, type JsonValue } from "../oci/canonical-json.ts";
import { type Digest, digestOfText } from "../oci/digest.ts";
import {
  type DigestReference,
  digestReference,
  formatReference,
  formatRepository,
  type TagReference,
  tagReference,
} from "../oci/reference.ts";
import type {
  AwaitImageStep,
  BuildStep,
  CopyStep,
  DeleteStep,
  LateDigest,
  PlannedDispatch,
  PreflightStep,
  Step,
  TagStep,
  TestStep,
  UntagStep,
  VerifyStep,
} from "../plan/plan.ts";
import type { DispatchRequest, Run } from "../ports/ci.ts";
import type { Expected } from "../ports/registry.ts";
import { renderTemplate } from "../tags/render-template.ts";
import type { Outcomes, StepOutcome } from "./outcome.ts";

/** A step with everything filled in that earlier steps produced. */
export type BoundStep =
  | {
      readonly kind: "build";
      readonly step: BuildStep;
      readonly key: Digest;
      /** Where the workflow pushes: the staging tag, or the exact tag when it publishes directly. */
      readonly destination: TagReference;
      readonly request: DispatchRequest;
    }
  | {
      readonly kind: "await-image";
      readonly step: AwaitImageStep;
      readonly destination: TagReference;
      readonly run?: Run;
      readonly digest?: Digest;
    }
  | { readonly kind: "verify"; readonly step: VerifyStep; readonly target: DigestReference }
  | {
      readonly kind: "test";
      readonly step: TestStep;
      readonly target: DigestReference;
      readonly request: DispatchRequest;
    }
  | {
      readonly kind: "copy";
      readonly step: CopyStep;
      readonly from: DigestReference;
      /** The same image in the repository it is copied to. */
      readonly target: DigestReference;
    }
  | {
      readonly kind: "preflight";
      readonly step: PreflightStep;
      readonly tags: readonly BoundTag[];
      /** Repositories that a copy of this plan has just written to, as `registry/repository`. */
      readonly written: readonly string[];
    }
  | { readonly kind: "tag"; readonly step: TagStep; readonly target: DigestReference }
  | { readonly kind: "untag"; readonly step: UntagStep }
  | { readonly kind: "delete"; readonly step: DeleteStep };

/** A tag and the image that it will show. */
export interface BoundTag {
  readonly target: DigestReference;
  readonly tag: string;
  readonly mutability: "immutable" | "moving";
  readonly expected: Expected;
}

/** How steps are bound. */
export interface BindOptions {
  /** The definition's `buildKeys`, where it has them: the plan does not carry them. */
  readonly buildKeys?: BuildKeyFormat | undefined;
}

/**
 * Resolves what the plan could not know: digests of images born in earlier steps, and the keys that follow from them.
 * Pure; the plan itself never changes.
 *
 * @param steps - The plan's steps by id, to find where an awaited build pushes.
 * @throws BayplanError `PLAN_STALE` when an outcome the step needs is not there.
 */
export function bindStep(
  step: Step,
  outcomes: Outcomes,
  steps: ReadonlyMap<string, Step>,
  options: BindOptions = {},
): BoundStep {
  switch (step.kind) {
    case "build":
      return bindBuild(step, outcomes, options.buildKeys);
    case "await-image":
      return bindAwait(step, outcomes, steps, options.buildKeys);
    case "test":
      return bindTest(step, outcomes);
    case "preflight":
      return bindPreflight(step, outcomes, steps);
    case "copy": {
      const digest = bindDigest(step.target, outcomes, step.id);
      return {
        kind: "copy",
        step,
        from: digestReference(step.from, digest),
        target: digestReference(step.repository, digest),
      };
    }
    case "verify":
      return { kind: "verify", step, target: bindTarget(step, outcomes, step.id) };
    case "tag":
      return { kind: "tag", step, target: bindTarget(step, outcomes, step.id) };
    case "untag":
      return { kind: "untag", step };
    case "delete":
      return { kind: "delete", step };
  }
}

function bindPreflight(step: PreflightStep, outcomes: Outcomes, steps: ReadonlyMap<string, Step>): BoundStep {
  const written = step.dependsOn.flatMap((id) => {
    const before = steps.get(id);
    return before?.kind === "copy" && outcomes.get(id)?.state === "done" ? [formatRepository(before.repository)] : [];
  });
  return { kind: "preflight", step, tags: step.tags.map((tag) => bindTag(tag, outcomes, step.id)), written };
}

function bindTag(tag: PreflightStep["tags"][number], outcomes: Outcomes, step: string): BoundTag {
  const { mutability, expected } = tag;
  return { tag: tag.tag, mutability, expected, target: bindTarget(tag, outcomes, step) };
}

/** The same image is tested once: its digest, the workflow and what it is given are the key of the run. */
function bindTest(step: TestStep, outcomes: Outcomes): BoundStep {
  const target = bindTarget(step, outcomes, step.id);
  const dispatch = fillInputs(step.dispatch, { tested: formatReference(target) }, step.id);
  const content = { v: 1, test: { ...dispatch } } as unknown as JsonValue;
  const key = stagingTag(digestOfText(canonicalJson(content)));
  return { kind: "test", step, target, request: { ...dispatch, key, attempt: 1 } };
}

function bindTarget(
  { repository, target }: Pick<TagStep, "repository" | "target">,
  outcomes: Outcomes,
  step: string,
): DigestReference {
  return digestReference(repository, bindDigest(target, outcomes, step));
}

function fillInputs(
  dispatch: PlannedDispatch,
  values: Readonly<Record<string, string | undefined>>,
  step: string,
): PlannedDispatch {
  const inputs = Object.entries(dispatch.inputs).map(([name, template]) => {
    const text = renderTemplate(template, values);
    if (text === undefined) throw stale(step, `its input ${name} cannot be filled in`);
    return [name, text] as const;
  });
  return { ...dispatch, inputs: Object.fromEntries(inputs) };
}

function bindBuild(step: BuildStep, outcomes: Outcomes, format: BuildKeyFormat | undefined): BoundStep {
  const platforms: BuildKeyInput["platforms"] = step.key.platforms.map(({ platform, bases }) => ({
    platform,
    bases: bases.map((base) => bindPlatform(base, platform, outcomes, step.id)),
  }));
  const key = buildKey({ ...step.key, platforms, baseNames: step.bases.map(({ name }) => name) }, format);
  const destination = destinationOf(step, key, format);
  const bases = step.bases.map(({ name, repository, target }) => {
    return { name, text: formatReference(digestReference(repository, bindDigest(target, outcomes, step.id))) };
  });
  const named = Object.fromEntries(bases.map(({ name, text }) => [`base:${name}`, text]));
  const values = { ...named, base: bases[0]?.text, destination: formatReference(destination) };
  const request = { ...fillInputs(step.dispatch, values, step.id), key: stagingTag(key, format), attempt: 1 };
  return { kind: "build", step, key, destination, request };
}

function destinationOf(step: BuildStep, key: Digest, format: BuildKeyFormat | undefined): TagReference {
  return tagReference(step.repository, step.publish === "direct" ? step.exactTag : stagingTag(key, format));
}

function bindAwait(
  step: AwaitImageStep,
  outcomes: Outcomes,
  steps: ReadonlyMap<string, Step>,
  format: BuildKeyFormat | undefined,
): BoundStep {
  const build = steps.get(step.build);
  const outcome = done(outcomes, step.build, step.id);
  if (build?.kind !== "build" || outcome.key === undefined)
    throw stale(step.id, `${step.build} is not a build that was started`);
  const { run, digest } = outcome;
  return {
    kind: "await-image",
    step,
    destination: destinationOf(build, outcome.key, format),
    ...(run === undefined ? {} : { run }),
    ...(digest === undefined ? {} : { digest }),
  };
}

function bindDigest(late: LateDigest, outcomes: Outcomes, step: string): Digest {
  if ("digest" in late) return late.digest;
  const { digest } = done(outcomes, late.fromStep, step);
  if (digest === undefined) throw stale(step, `${late.fromStep} produced no digest`);
  return digest;
}

function bindPlatform(late: LateDigest, platform: string, outcomes: Outcomes, step: string): Digest {
  if ("digest" in late) return late.digest;
  const { platforms } = done(outcomes, late.fromStep, step);
  const digest = platforms !== undefined && Object.hasOwn(platforms, platform) ? platforms[platform] : undefined;
  if (digest === undefined) throw stale(step, `${late.fromStep} has no image for ${platform}`);
  return digest;
}

function done(outcomes: Outcomes, id: string, step: string): Extract<StepOutcome, { state: "done" | "already-done" }> {
  const outcome = outcomes.get(id);
  if (outcome?.state === "done" || outcome?.state === "already-done") return outcome;
  throw stale(step, `${id} has not been done`);
}

function stale(step: string, why: string): BayplanError {
  return new BayplanError("PLAN_STALE", `The step ${step} cannot be bound: ${why}. Plan again.`);
}
