import { BayplanError } from "../errors.ts";
import { formatReference, formatRepository, tagReference } from "../oci/reference.ts";
import type { Plan } from "../plan/plan.ts";
import { renderTemplate } from "../tags/render-template.ts";
import { familiarReference, type PlannedBuild, plannedBuilds } from "./planned-builds.ts";

/** How one image is built by bake; a plan only knows the workflow that builds it. */
export interface BakeImage {
  /** Default `.`. */
  readonly context?: string;
  /** Default `Dockerfile`. */
  readonly dockerfile?: string;
  /** Stage of the Dockerfile. Default the last. */
  readonly target?: string;
  /** Build arguments; `{version}`, `{image}` and the names of the workflow's inputs are filled in. Default none. */
  readonly args?: Readonly<Record<string, string>>;
}

/** How a plan becomes a bake file. */
export interface BakeFileOptions {
  /** By image name. Default: `Dockerfile` in the current folder. */
  readonly images?: Readonly<Record<string, BakeImage>>;
}

/** One target of an emitted bake file. */
export interface BakeFileTarget {
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly contexts?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  readonly platforms: readonly string[];
  readonly output?: readonly string[];
}

/** A bake file in its JSON form: `JSON.stringify` it into `docker-bake.json`. */
export interface BakeFile {
  readonly group: { readonly default: { readonly targets: readonly string[] } };
  readonly target: Readonly<Record<string, BakeFileTarget>>;
}

/**
 * The builds of a plan as a bake file. Every base is pinned under the name a Dockerfile's `FROM` has for it: to the target
 * that builds it, or to its digest, so that what was planned is what is built. All targets are in the group `default`,
 * because a target that is only linked is not pushed. An image that is published directly gets its exact tag; one that is
 * staged is pushed by digest and gets no tag, since nothing was verified yet. Aliases are never in it: a file cannot guard
 * them. An empty plan gives a file that builds nothing.
 *
 * @throws BayplanError `INVALID_INPUT` for an argument whose template cannot be filled in, `INVALID_PLAN` for a base that
 * the plan does not know.
 * @see https://docs.docker.com/build/bake/reference/
 */
export function toBakeFile(plan: Plan, options: BakeFileOptions = {}): BakeFile {
  const builds = plannedBuilds(plan);
  const slugs = new Map(builds.map(({ step, slug }) => [step.node, slug]));
  return {
    group: { default: { targets: builds.map(({ slug }) => slug) } },
    target: Object.fromEntries(builds.map((build) => [build.slug, bakeTarget(build, { slugs, options })])),
  };
}

function bakeTarget(
  { step, bases }: PlannedBuild,
  { slugs, options }: { readonly slugs: ReadonlyMap<string, string>; readonly options: BakeFileOptions },
): BakeFileTarget {
  const { images = {} } = options;
  const image: BakeImage = Object.hasOwn(images, step.image) ? (images[step.image] ?? {}) : {};
  const values = { ...step.dispatch.inputs, version: step.version, image: step.image };
  const args = Object.entries(image.args ?? {}).map(([name, template]) => {
    const value = renderTemplate(template, values);
    if (value !== undefined) return [name, escaped(value)] as const;
    const known = Object.keys(values).join(", ");
    const message = `The argument ${name} of ${step.image} cannot be filled in from "${template.slice(0, 100)}". Known names: ${known}.`;
    throw new BayplanError("INVALID_INPUT", message);
  });
  const contexts = bases.map(({ reference, target }) => {
    const value = "node" in target ? `target:${slugs.get(target.node)}` : `docker-image://${target.pinned}`;
    return [familiarReference(reference), value] as const;
  });
  const repository = formatRepository(step.repository);
  const byDigest = `type=image,name=${repository},push-by-digest=true,name-canonical=true,push=true`;
  return {
    context: escaped(image.context ?? "."),
    dockerfile: escaped(image.dockerfile ?? "Dockerfile"),
    ...(image.target === undefined ? {} : { target: escaped(image.target) }),
    ...(args.length === 0 ? {} : { args: Object.fromEntries(args) }),
    ...(contexts.length === 0 ? {} : { contexts: Object.fromEntries(contexts) }),
    ...(step.publish === "direct" ? { tags: [formatReference(tagReference(step.repository, step.exactTag))] } : {}),
    platforms: step.key.platforms.map(({ platform }) => platform),
    ...(step.publish === "staged" ? { output: [byDigest] } : {}),
  };
}

/** Bake reads every text as a template. */
function escaped(text: string): string {
  // As a function: in a replacement text, `$$` would stand for one dollar.
  return text.replace(/[$%](?=\{)/g, (sign) => sign + sign);
}
