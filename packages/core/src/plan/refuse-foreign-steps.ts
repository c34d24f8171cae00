import type { Base, Family, ImageDefinition, VersionLeg } from "../definition/family.ts";
import { BayplanError, type Problem } from "../errors.ts";
import { formatPlatform } from "../oci/platform.ts";
import { formatReference, formatRepository } from "../oci/reference.ts";
import { meantTags } from "../tags/meant-tags.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import { isInLine } from "../version/version-scheme.ts";
import { inputProblems } from "./input-problems.ts";
import type { Plan, PlannedNode, Step } from "./plan.ts";

/**
 * A plan is a document, not an authority: every repository, workflow, version and tag in it must follow from the
 * definition.
 *
 * @throws BayplanError `NOT_ALLOWED` with every step that does not.
 */
export function refuseForeignSteps(plan: Plan, family: Family): void {
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  const isRollback = plan.rollsBack !== undefined;
  const problems = plan.steps.flatMap((step) => [
    ...stepProblems(step, nodes.get(step.node), { family, isRollback }),
    ...(isRollback ? rollbackProblems(step) : []),
  ]);
  if (problems.length === 0) return;
  const lines = problems.map((problem) => `\n  ${problem.path}: ${problem.found} is not ${problem.expected}`);
  throw new BayplanError("NOT_ALLOWED", `The plan asks for things outside the definition:${lines.join("")}`, {
    problems,
  });
}

function stepProblems(
  step: Step,
  node: PlannedNode | undefined,
  { family, isRollback }: { readonly family: Family; readonly isRollback: boolean },
): readonly Problem[] {
  const problem = (found: string, expected: string): readonly Problem[] => [{ path: step.id, found, expected }];
  const image = family.images.find((candidate) => candidate.name === node?.image);
  if (node === undefined || image === undefined) return problem(step.node, "a node of this family");
  const leg = family.legs.find(
    (candidate) => candidate.images.includes(image.name) && isVersionOf(node.version, candidate),
  );
  if (leg === undefined || node.id !== `${image.name}@${node.version}`)
    return problem(node.version, "a version of this family");
  switch (step.kind) {
    case "await-image": {
      const isOwn = step.build === `build:${node.id}`;
      return isOwn ? [] : problem(step.build, `the build of ${node.id}`);
    }
    case "verify": {
      const own = image.platforms.map(formatPlatform);
      const expected = leg.platforms === undefined ? own : own.filter((each) => leg.platforms?.includes(each));
      const isWhole = expected.every((platform) => step.platforms.includes(platform));
      return isWhole
        ? repositoryProblem(step, image)
        : problem(step.platforms.join(", "), `all of ${expected.join(", ")}`);
    }
    case "tag":
      return [
        ...repositoryProblem(step, image),
        ...tagProblem(step.id, step.tag, step.mutability, node.version, image, leg),
        ...(isRollback ? [] : targetProblem(step, node)),
        ...replaceProblem(step.id, step.mutability === "immutable" && "digest" in step.expected, image),
      ];
    case "preflight":
      return step.tags.flatMap((tag) => repositoryProblem({ ...tag, id: step.id }, image));
    case "test":
      return repositoryProblem(step, image);
    case "copy":
      return [...repositoryProblem({ id: step.id, repository: step.from }, image), ...repositoryProblem(step, image)];
    case "untag":
    case "delete":
      return problem("a removal", "a plan that removes nothing");
    case "build":
      return [
        ...repositoryProblem(step, image),
        ...tagProblem(step.id, step.exactTag, "immutable", node.version, image, leg),
        ...dispatchProblem(step, image, family),
        ...replaceProblem(step.id, step.replaces !== undefined, image),
        ...inputProblems(step, image, { version: node.version, leg }, family),
      ];
  }
}

function isVersionOf(raw: string, leg: VersionLeg): boolean {
  if (leg.fixed !== undefined) return raw === leg.fixed;
  const scheme = createVersionScheme(leg.scheme);
  const version = scheme.parse(raw);
  if (version === undefined || version.variant !== leg.variant) return false;
  return leg.line === undefined || isInLine(version, leg.line);
}

function repositoryProblem(
  step: Pick<Extract<Step, { readonly repository: unknown }>, "id" | "repository">,
  image: ImageDefinition,
): readonly Problem[] {
  const [found, expected] = [formatRepository(step.repository), formatRepository(image.repository)];
  return found === expected ? [] : [{ path: step.id, found, expected: `the repository of ${image.name}, ${expected}` }];
}

function tagProblem(
  path: string,
  tag: string,
  mutability: "immutable" | "moving",
  raw: string,
  image: ImageDefinition,
  leg: VersionLeg,
): readonly Problem[] {
  const policy = { rules: image.tags, scheme: createVersionScheme(leg.scheme) };
  const meant = meantTags(policy, { version: raw, image: image.name });
  const allowed = meant.filter((each) => each.mutability === mutability).map((each) => each.tag);
  if (allowed.includes(tag)) return [];
  return [{ path, found: `the ${mutability} tag ${tag}`, expected: `one of ${allowed.join(", ") || "no tag"}` }];
}

/** An image that is there already may be tagged as it is; any other only after it was verified. */
function targetProblem(step: Extract<Step, { kind: "tag" }>, node: PlannedNode): readonly Problem[] {
  const verify = `verify:${node.id}`;
  const known = "digest" in node.state ? node.state.digest : undefined;
  const isTarget = "digest" in step.target ? step.target.digest === known : step.target.fromStep === verify;
  const isChecked = step.dependsOn.some((id) => id === verify || id.startsWith(`tag:${node.id}:`));
  if (isTarget && (isChecked || node.state.state === "built")) return [];
  return [{ path: step.id, found: "a target that was not verified", expected: `what ${verify} has checked` }];
}

/** Taking something back moves tags that showed something before, and does nothing else. */
function rollbackProblems(step: Step): readonly Problem[] {
  const isBack =
    step.kind === "tag" && step.mutability === "moving" && "digest" in step.expected && "digest" in step.target;
  return isBack
    ? []
    : [{ path: step.id, found: `a step of the kind ${step.kind}`, expected: "a moving tag going back" }];
}

/** Only the definition may say that the tags of a release show another image one day. */
function replaceProblem(path: string, isReplaced: boolean, { rebuilds, name }: ImageDefinition): readonly Problem[] {
  if (!isReplaced || rebuilds === "replace") return [];
  return [{ path, found: "a release that is replaced", expected: `kept as it is (rebuilds of ${name})` }];
}

type BuildStep = Extract<Step, { kind: "build" }>;

/** What is dispatched, and what it is built on: compared as text, names in order. */
function dispatchProblem(step: BuildStep, image: ImageDefinition, family: Family): readonly Problem[] {
  const found = [
    step.dispatch.gitRepository ?? "(the adapter's)",
    step.dispatch.workflow,
    step.dispatch.ref,
    step.publish,
    ...Object.keys(step.dispatch.inputs).sort(),
    ...step.bases.map((base) => `${base.name} in ${formatRepository(base.repository)}`),
  ].join(", ");
  const expected = [
    image.gitRepository ?? "(the adapter's)",
    image.workflow,
    family.ref,
    image.publish,
    ...Object.keys(image.inputs).sort(),
    ...image.bases.map((base) => baseText(base, family)),
  ].join(", ");
  return found === expected ? [] : [{ path: step.id, found, expected }];
}

function baseText(base: Base, family: Family): string {
  if (base.kind === "external") return `${formatReference(base.reference)} in ${formatRepository(base.reference)}`;
  const parent = family.images.find((image) => image.name === base.image);
  return `${base.image} in ${parent === undefined ? "nothing" : formatRepository(parent.repository)}`;
}
