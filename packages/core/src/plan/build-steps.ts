import type { Family } from "../definition/family.ts";
import { BayplanError } from "../errors.ts";
import type { FamilyNode, NodeBase } from "../observe/family-nodes.ts";
import {
  appliesTo,
  keyParts,
  knownPlatforms,
  type PlatformDigests,
  referenceFact,
  stagedBuild,
} from "../observe/node-key.ts";
import type { ReferenceFact, ReleaseState } from "../observe/release-state.ts";
import { formatPlatform } from "../oci/platform.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import type { Reasons } from "../reason.ts";
import { templateNames } from "../tags/render-template.ts";
import type { AwaitImageStep, BuildStep, LateBase, LateDigest, VerifyStep } from "./plan.ts";

/** Ids of the steps of a node. */
export const stepId = {
  build: (node: string) => `build:${node}`,
  await: (node: string) => `await:${node}`,
  verify: (node: string) => `verify:${node}`,
};

/** What building a node looks at beside the node itself. */
export interface BuildContext {
  readonly family: Family;
  readonly state: ReleaseState;
  readonly nodes: ReadonlyMap<string, FamilyNode>;
  /** Nodes that have a verify step in this plan. */
  readonly verified: ReadonlySet<string>;
}

/** Dispatch, wait, verify. */
export function buildSteps(
  node: FamilyNode,
  reasons: Reasons,
  context: BuildContext,
): readonly [BuildStep, AwaitImageStep, VerifyStep] {
  const { image } = node;
  const common = { group: node.id, node: node.id, reasons };
  const dispatch = { workflow: image.workflow, ref: context.family.ref, inputs: fixedInputs(node) };
  const parents = node.bases.flatMap((base) =>
    base.kind === "node" && context.verified.has(base.node) ? [base.node] : [],
  );
  const build: BuildStep = {
    kind: "build",
    id: stepId.build(node.id),
    dependsOn: [...new Set(parents)].map(stepId.verify),
    ...common,
    image: image.name,
    version: node.version,
    publish: image.publish,
    repository: image.repository,
    exactTag: node.exact.tag,
    dispatch: image.gitRepository === undefined ? dispatch : { gitRepository: image.gitRepository, ...dispatch },
    key: { ...keyParts(node, context.family), platforms: latePlatforms(node, context) },
    bases: node.bases.map((base) => lateBase(base, context)),
    ...(node.rebuild === undefined ? {} : { replaces: node.rebuild.replaces }),
  };
  const wait: AwaitImageStep = {
    kind: "await-image",
    id: stepId.await(node.id),
    dependsOn: [build.id],
    ...common,
    build: build.id,
    notDigest: node.rebuild === undefined ? { absent: true } : { digest: node.rebuild.replaces },
    timeoutMs: context.family.buildTimeoutMs,
  };
  return [build, wait, verifyStep(node, reasons, { fromStep: wait.id }, [wait.id])];
}

/** Checks the platforms of an image before anything is tagged with it or built on it. */
export function verifyStep(
  node: FamilyNode,
  reasons: Reasons,
  target: LateDigest,
  dependsOn: readonly string[],
): VerifyStep {
  return {
    kind: "verify",
    id: stepId.verify(node.id),
    dependsOn,
    group: node.id,
    node: node.id,
    reasons,
    repository: node.image.repository,
    target,
    platforms: node.image.platforms.map(formatPlatform),
  };
}

/** Inputs with everything filled in that is known before executing. */
function fixedInputs(node: FamilyNode): Readonly<Record<string, string>> {
  const values: Readonly<Record<string, string>> = {
    ...node.companions,
    version: node.version,
    image: node.image.name,
  };
  const entries = Object.entries(node.image.inputs).map(([name, template]) => {
    const known = templateNames(template).filter((used) => Object.hasOwn(values, used));
    return [
      name,
      known.reduce((text, used) => text.replaceAll(`{${used}}`, () => values[used] as string), template),
    ] as const;
  });
  return Object.fromEntries(entries);
}

function latePlatforms(node: FamilyNode, context: BuildContext): BuildStep["key"]["platforms"] {
  return node.image.platforms.map((platform) => {
    const key = formatPlatform(platform);
    const own = node.bases.filter((base) => appliesTo(base, key));
    return { platform: key, bases: own.map((base) => latePlatform(base, key, context)) };
  });
}

function latePlatform(base: NodeBase, platform: string, context: BuildContext): LateDigest {
  const known = base.kind === "node" ? parentPlatforms(base.node, context) : externalFact(base, context).platforms;
  const digest = known !== undefined && Object.hasOwn(known, platform) ? known[platform] : undefined;
  if (digest !== undefined) return { digest };
  return base.kind === "node" ? { fromStep: stepId.verify(base.node) } : unassessed(base.base.reference);
}

function lateBase(base: NodeBase, context: BuildContext): LateBase {
  if (base.kind === "external") {
    const { registry, repository } = base.base.reference;
    const name = formatReference(base.base.reference);
    return { name, repository: { registry, repository }, target: { digest: externalFact(base, context).digest } };
  }
  const parent = context.nodes.get(base.node) ?? unassessed(base.node);
  const exact = referenceFact(context.state, parent.reference);
  const staged = stagedBuild(parent, context.family, context.state, context.nodes)?.fact;
  const found = exact?.state === "present" && parent.rebuild === undefined ? exact : staged;
  const target: LateDigest =
    found?.state === "present" ? { digest: found.digest } : { fromStep: stepId.verify(base.node) };
  return { name: parent.image.name, repository: parent.image.repository, target };
}

function parentPlatforms(id: string, context: BuildContext): PlatformDigests | undefined {
  const parent = context.nodes.get(id) ?? unassessed(id);
  return knownPlatforms(parent, context.family, context.state, context.nodes);
}

function externalFact(
  base: Extract<NodeBase, { kind: "external" }>,
  context: BuildContext,
): Extract<ReferenceFact, { state: "present" }> {
  const fact = referenceFact(context.state, formatReference(base.base.reference));
  return fact?.state === "present" ? fact : unassessed(base.base.reference);
}

/** A node is only built when all its bases were found or are built before it; assessing made sure of that. */
function unassessed(base: string | Reference): never {
  const name = typeof base === "string" ? base : formatReference(base);
  throw new BayplanError("INCOMPLETE", `Nothing is known of the base ${name}. Observe the state again.`);
}
