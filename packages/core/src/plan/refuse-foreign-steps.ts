import type { Base, Family, ImageDefinition } from "../definition/family.ts";
import { BayplanError, type Problem } from "../errors.ts";
import { formatPlatform } from "../oci/platform.ts";
import { formatReference, formatRepository, type RepositoryName } from "../oci/reference.ts";
import { stepId } from "./build-steps.ts";
import { createGateJudge } from "./gate-problems.ts";
import { inputProblems } from "./input-problems.ts";
import type { BuildStep, CopyStep, Plan, PlannedNode, Step, TagStep, TestStep } from "./plan.ts";
import { createPlaceFinder, type StepPlace } from "./step-place.ts";

/**
 * A plan is a document, not an authority: every repository, workflow, version and tag in it must follow from the
 * definition.
 *
 * @throws BayplanError `NOT_ALLOWED` with every step that does not.
 */
export function refuseForeignSteps(plan: Plan, family: Family): void {
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  const isRollback = plan.rollsBack !== undefined;
  const context = { family, isRollback, judge: createGateJudge(plan, family), placeOf: createPlaceFinder(family) };
  const problems = plan.steps.flatMap((step) => [
    ...stepProblems(step, nodes.get(step.node), context),
    ...(isRollback ? rollbackProblems(step) : []),
  ]);
  if (problems.length === 0) return;
  const lines = problems.map((problem) => `\n  ${problem.path}: ${problem.found} is not ${problem.expected}`);
  throw new BayplanError("NOT_ALLOWED", `The plan asks for things outside the definition:${lines.join("")}`, {
    problems,
  });
}

interface Context {
  readonly family: Family;
  readonly isRollback: boolean;
  readonly judge: ReturnType<typeof createGateJudge>;
  readonly placeOf: ReturnType<typeof createPlaceFinder>;
}

function stepProblems(step: Step, node: PlannedNode | undefined, context: Context): readonly Problem[] {
  const { family, isRollback, judge } = context;
  // Removals are of repositories, not of nodes: `refuseForeignRemovals` looks at them.
  if (step.kind === "untag" || step.kind === "delete") return [];
  const problem = (found: string, expected: string): readonly Problem[] => [{ path: step.id, found, expected }];
  const place = node === undefined ? "image" : context.placeOf(node, step.group);
  if (node === undefined || place === "image") return problem(step.node, "a node of this family");
  if (place === "version") return problem(node.version, "a version of this family");
  const { image, leg } = place;
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
        ...placeProblem(step, image),
        ...tagProblem(step.id, step.tag, step.mutability, place),
        ...(isRollback ? [] : [...targetProblem(step, node), ...judge(step, place)]),
        ...replaceProblem(step.id, step.mutability === "immutable" && "digest" in step.expected, image),
      ];
    case "preflight":
      // Each of its tags is one that a step of the plan writes, and is judged there.
      return judge(step, place);
    case "test":
      return testProblems(step, place, family);
    case "copy":
      return [
        ...repositoryProblem({ id: step.id, repository: step.from }, image),
        ...placeProblem(step, image),
        ...targetProblem(step, node),
        ...judge(step, place),
      ];
    case "build":
      return [
        ...repositoryProblem(step, image),
        ...tagProblem(step.id, step.exactTag, "immutable", place),
        ...buildProblem(step, image, family),
        ...replaceProblem(step.id, step.replaces !== undefined, image),
        ...inputProblems(step, image.inputs, { image, version: node.version, leg }, family),
      ];
  }
}

function repositoryProblem(
  step: Pick<Extract<Step, { readonly repository: unknown }>, "id" | "repository">,
  image: ImageDefinition,
): readonly Problem[] {
  const [found, expected] = [formatRepository(step.repository), formatRepository(image.repository)];
  return found === expected ? [] : [{ path: step.id, found, expected: `the repository of ${image.name}, ${expected}` }];
}

/** An image is tagged where it is built and in its copies, nowhere else. */
function placeProblem(
  { id, repository }: { readonly id: string; readonly repository: RepositoryName },
  image: ImageDefinition,
): readonly Problem[] {
  const places = [image.repository, ...(image.copies ?? [])].map(formatRepository);
  const found = formatRepository(repository);
  if (places.includes(found)) return [];
  return [{ path: id, found, expected: `a repository of ${image.name}: ${places.join(", ")}` }];
}

function testProblems(step: TestStep, place: StepPlace, family: Family): readonly Problem[] {
  const { node, image, leg } = place;
  const { test } = image;
  if (test === undefined || step.id !== stepId.test(node.id))
    return [{ path: step.id, found: "a test", expected: `the test of ${image.name}` }];
  return [
    ...repositoryProblem(step, image),
    ...targetProblem(step, node),
    ...dispatchProblem(step, test, family),
    ...inputProblems(step, test.inputs, { image, version: node.version, leg }, family),
  ];
}

function tagProblem(
  path: string,
  tag: string,
  mutability: "immutable" | "moving",
  { meant }: StepPlace,
): readonly Problem[] {
  const allowed = meant()
    .filter((each) => each.mutability === mutability)
    .map((each) => each.tag);
  if (allowed.includes(tag)) return [];
  return [{ path, found: `the ${mutability} tag ${tag}`, expected: `one of ${allowed.join(", ") || "no tag"}` }];
}

/** What is published is the image that is there already, or the one that is verified in this plan. */
function targetProblem(step: TagStep | CopyStep | TestStep, node: PlannedNode): readonly Problem[] {
  const verify = stepId.verify(node.id);
  const known = "digest" in node.state ? node.state.digest : undefined;
  const isTarget = "digest" in step.target ? step.target.digest === known : step.target.fromStep === verify;
  return isTarget ? [] : [{ path: step.id, found: "another image", expected: `what ${verify} has checked` }];
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

/** What a build publishes, and what it is built on: compared as text, in order. */
function buildProblem(step: BuildStep, image: ImageDefinition, family: Family): readonly Problem[] {
  const bases = step.bases.map((base) => `${base.name} in ${formatRepository(base.repository)}`);
  const found = [step.publish, ...bases].join(", ");
  const expected = [image.publish, ...image.bases.map((base) => baseText(base, family))].join(", ");
  const wrong = found === expected ? [] : [{ path: step.id, found, expected }];
  return [...dispatchProblem(step, image, family), ...wrong];
}

/** What is dispatched: compared as text, names in order. */
function dispatchProblem(
  { id, dispatch }: BuildStep | TestStep,
  wanted: Pick<ImageDefinition, "gitRepository" | "workflow" | "inputs">,
  family: Family,
): readonly Problem[] {
  const textOf = ({ gitRepository = "(the adapter's)", workflow, inputs }: typeof wanted, ref: string) =>
    [gitRepository, workflow, ref, ...Object.keys(inputs).sort()].join(", ");
  const [found, expected] = [textOf(dispatch, dispatch.ref), textOf(wanted, family.ref)];
  return found === expected ? [] : [{ path: id, found, expected }];
}

function baseText(base: Base, family: Family): string {
  if (base.kind === "external") return `${formatReference(base.reference)} in ${formatRepository(base.reference)}`;
  const parent = family.images.find((image) => image.name === base.image);
  return `${base.image} in ${parent === undefined ? "nothing" : formatRepository(parent.repository)}`;
}
