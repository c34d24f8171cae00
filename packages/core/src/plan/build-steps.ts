import type { Family } from "../definition/family.ts";
import { BayplanError } from "../errors.ts";
import type { FamilyNode, NodeBase } from "../observe/family-nodes.ts";
import { fillInputs } from "../observe/fill-inputs.ts";
import {
  appliesTo,
  keyParts,
  knownPlatforms,
  type PlatformDigests,
  referenceFact,
  stagedBuild,
} from "../observe/node-key.ts";
import type { ReferenceFact, ReleaseState } from "../observe/release-state.ts";
import { formatPlatforms } from "../oci/platform.ts";
import { formatReference, formatRepository, type Reference, type RepositoryName } from "../oci/reference.ts";
import type { Reasons } from "../reason.ts";
import type { AwaitImageStep, BuildStep, LateBase, LateDigest, VerifyStep } from "./plan.ts";

/** Ids of the steps of a node. */
export const stepId = {
  build: (node: string) => `build:${node}`,
  await: (node: string) => `await:${node}`,
  verify: (node: string) => `verify:${node}`,
  test: (node: string) => `test:${node}`,
  copy: (node: string, repository: RepositoryName) => `copy:${node}:${formatRepository(repository)}`,
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
  const { ref } = context.family;
  const { workflow } = image;
  const { inputs } = fillInputs(node);
  const parents = node.bases.flatMap((base) =>
    base.kind === "node" && context.verified.has(base.node) ? [base.node] : [],
  );
  const { args, source } = keyParts(node, context.family);
  // In the order of canonical JSON, as everything that a plan has many of.
  const build: BuildStep = {
    bases: node.bases.map((base) => lateBase(base, context)),
    dependsOn: [...new Set(parents)].map(stepId.verify),
    dispatch:
      image.gitRepository === undefined
        ? { inputs, ref, workflow }
        : { gitRepository: image.gitRepository, inputs, ref, workflow },
    exactTag: node.exact.tag,
    group: node.group,
    id: stepId.build(node.id),
    image: image.name,
    key: { args, platforms: latePlatforms(node, context), source },
    kind: "build",
    node: node.id,
    publish: image.publish,
    reasons,
    ...(node.rebuild === undefined ? {} : { replaces: node.rebuild.replaces }),
    repository: image.repository,
    version: node.version,
  };
  const wait: AwaitImageStep = {
    build: build.id,
    dependsOn: [build.id],
    group: node.group,
    id: stepId.await(node.id),
    kind: "await-image",
    node: node.id,
    notDigest: node.rebuild === undefined ? { absent: true } : { digest: node.rebuild.replaces },
    reasons,
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
    dependsOn,
    group: node.group,
    id: stepId.verify(node.id),
    kind: "verify",
    node: node.id,
    platforms: formatPlatforms(node.image.platforms),
    reasons,
    repository: node.image.repository,
    target,
  };
}

function latePlatforms(node: FamilyNode, context: BuildContext): BuildStep["key"]["platforms"] {
  return formatPlatforms(node.image.platforms).map((platform) => {
    const own = node.bases.filter((base) => appliesTo(base, platform));
    return { bases: own.map((base) => latePlatform(base, platform, context)), platform };
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
  const exact = parent.fact;
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
