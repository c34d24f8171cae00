import { BayplanError } from "../errors.ts";
import { formatReference, formatRepository, parseReference } from "../oci/reference.ts";
import type { BuildStep, LateBase, Plan, PlannedNode, Step } from "../plan/plan.ts";
import { nodeSlugs } from "./node-slugs.ts";

/** A base of a planned build, as far as the plan knows it. */
export interface PlannedBase {
  /** The reference others know it by, for example `ghcr.io/o/base:1.2` or `docker.io/library/debian:13`. */
  readonly reference: string;
  /** The node that is built before it, or the digest it has now. */
  readonly target: { readonly node: string } | { readonly pinned: string };
}

/** One build of a plan with what other engines ask for. */
export interface PlannedBuild {
  readonly step: BuildStep;
  /** A name that other engines accept. */
  readonly slug: string;
  /** Slugs of the builds of this plan that it is built on, in Dockerfile order. */
  readonly parents: readonly string[];
  /** 0 for builds that need no other one; else one more than the latest they need. */
  readonly wave: number;
  readonly bases: readonly PlannedBase[];
}

/**
 * The builds of a plan in their order, each after those it needs.
 *
 * @throws BayplanError `INVALID_PLAN` when a base is neither built by the plan nor known by its digest.
 */
export function plannedBuilds(plan: Plan): readonly PlannedBuild[] {
  const builds = plan.steps.filter((step) => step.kind === "build");
  const slugs = nodeSlugs(builds.map(({ node }) => node));
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]));
  const waves = new Map<string, number>();
  return builds.map((step): PlannedBuild => {
    const own = nodes.get(step.node)?.bases.flatMap((id) => nodes.get(id) ?? []) ?? [];
    const bases = step.bases.map((base) => {
      const parent = own.find(({ image, reference }) => image === base.name && isIn(reference, base));
      return plannedBase(base, { parent, steps, slugs });
    });
    const built = bases.flatMap(({ target }) => ("node" in target ? [target.node] : []));
    const needed = step.dependsOn.flatMap((id) => steps.get(id)?.node ?? []);
    const parents = [...new Set([...built, ...needed].flatMap((node) => slugs.get(node) ?? []))];
    const slug = slugs.get(step.node) ?? step.node;
    const wave = Math.max(-1, ...parents.map((parent) => waves.get(parent) ?? -1)) + 1;
    waves.set(slug, wave);
    return { step, slug, parents, wave, bases };
  });
}

function plannedBase(
  { name, repository, target }: LateBase,
  known: {
    readonly parent: PlannedNode | undefined;
    readonly steps: ReadonlyMap<string, Step>;
    readonly slugs: ReadonlyMap<string, string>;
  },
): PlannedBase {
  const step = "digest" in target ? undefined : known.steps.get(target.fromStep);
  const reference = known.parent?.reference ?? name;
  if (step !== undefined && known.slugs.has(step.node)) return { reference, target: { node: step.node } };
  // What is only verified before a tag is added has its digest already.
  const late = "digest" in target ? target : step?.kind === "verify" || step?.kind === "tag" ? step.target : target;
  if ("digest" in late) return { reference, target: { pinned: `${formatRepository(repository)}@${late.digest}` } };
  throw new BayplanError(
    "INVALID_PLAN",
    `The base ${name} is neither built by the plan nor known by its digest. Plan again.`,
  );
}

function isIn(reference: string, { repository }: LateBase): boolean {
  return formatRepository(parseReference(reference)) === formatRepository(repository);
}

/** A reference as people and Dockerfiles write it: without Docker Hub's name, without `:latest`. */
export function familiarReference(reference: string): string {
  return formatReference(parseReference(reference))
    .replace(/^docker\.io\/(?:library\/)?/, "")
    .replace(/:latest$/, "");
}
