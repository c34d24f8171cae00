import type { Family } from "../definition/family.ts";
import { BayplanError, type Problem } from "../errors.ts";
import { formatRepository, type RepositoryName } from "../oci/reference.ts";
import type { DeleteStep, Plan, UntagStep } from "../plan/plan.ts";
import { createBranchTags } from "../retention/branch-tags.ts";
import { pinnedDigest } from "../retention/read-pins.ts";
import type { RetentionPolicy } from "../retention/retention-policy.ts";
import { compileSelector } from "../retention/tag-selector.ts";
import { createTagVersions } from "../retention/tag-versions.ts";

const mostProblems = 100;

/**
 * Whatever a plan removes must be allowed by the caller, lie in a repository of the definition, and not be what the
 * definition's own `retention` protects or pins. A definition without `retention` deletes nothing.
 *
 * @throws BayplanError `NOT_ALLOWED` with every step that may not be (at most 100).
 */
export function refuseForeignRemovals(
  plan: Plan,
  { definition, allowDeletes = false }: { readonly definition: Family; readonly allowDeletes?: boolean },
): void {
  const removals = plan.steps.filter((step) => step.kind === "untag" || step.kind === "delete");
  const [first] = removals;
  if (first === undefined) return;
  if (!allowDeletes) {
    const message = `The plan removes ${removals.length} tags or manifests, and nobody allowed that. Look at it, then pass allowDeletes: true.`;
    const problems = [{ path: first.id, found: "a removal", expected: "allowDeletes: true" }];
    throw new BayplanError("NOT_ALLOWED", message, { problems });
  }
  const { retention } = definition;
  if (retention === undefined) {
    const message = `The definition ${definition.name} says nothing of retention, so nothing of it is removed. Give it a \`retention\`.`;
    const problems = [{ path: "retention", found: "nothing", expected: "what is kept" }];
    throw new BayplanError("NOT_ALLOWED", message, { problems });
  }
  const own = new Set(repositoriesOf(definition).map(formatRepository));
  const reasonToKeep = protection(retention);
  const problems: Problem[] = [];
  for (const step of removals) {
    if (problems.length >= mostProblems) break;
    const repository = formatRepository(step.repository);
    if (!own.has(repository))
      problems.push({ path: step.id, found: repository, expected: `a repository of ${definition.name}` });
    const why = reasonToKeep(step);
    if (why !== undefined) problems.push({ path: step.id, found: why, expected: "what nothing protects" });
  }
  if (problems.length === 0) return;
  const lines = problems.map(({ path, found, expected }) => `\n  ${path}: ${found} is not ${expected}`);
  throw new BayplanError("NOT_ALLOWED", `The plan removes what it may not:${lines.join("")}`, { problems });
}

function repositoriesOf({ images }: Family): readonly RepositoryName[] {
  return images.flatMap(({ repository, copies }) => [repository, ...(copies ?? [])]);
}

/** Why a step must not be, by what the policy says of tags and digests alone. */
function protection(policy: RetentionPolicy): (step: UntagStep | DeleteStep) => string | undefined {
  const context = { versions: createTagVersions(policy.scheme), branches: createBranchTags(policy) };
  const protect = (policy.protect ?? []).map((selector, index) => {
    return compileSelector(selector, `protect[${index}]`, context);
  });
  const pinned = new Set<string>();
  for (const pin of policy.pins ?? []) {
    if (typeof pin === "string") pinned.add(pinnedDigest(pin) ?? pin);
    // A function needs the manifest, which a plan does not carry: only the evaluation can ask it.
    else if (typeof pin !== "function") pinned.add("digest" in pin ? pin.digest : pin.tag);
  }
  return (step) => {
    const tags = step.kind === "untag" ? [step.tag] : step.expected.tags;
    for (const tag of tags) {
      const selector = protect.find((one) => one.fits(tag));
      if (selector !== undefined) return `the tag ${tag}, which ${selector.path} protects,`;
      if (pinned.has(tag)) return `the tag ${tag}, which is in use,`;
    }
    return step.kind === "delete" && pinned.has(step.digest) ? `${step.digest}, which is in use,` : undefined;
  };
}
