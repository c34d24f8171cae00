import { formatRepository, type RepositoryName } from "../oci/reference.ts";
import type { SchemeConfig } from "../version/create-version-scheme.ts";
import type { VersionScheme } from "../version/version-scheme.ts";
import { claimTags } from "./claim-tags.ts";
import { renderTemplate, templateNames } from "./render-template.ts";
import { sampleVersion } from "./sample-version.ts";
import type { TagEvent } from "./tag-event.ts";
import type { TagPackage, TagVariant } from "./tag-policy.ts";
import { ruleText, type TagOrder, type TagRule } from "./tag-rule.ts";
import { type TagSubject, tagValue } from "./tag-values.ts";

/** What of a definition decides which names its images claim. A family is one. */
export interface TagDefinition {
  readonly images: readonly {
    readonly name: string;
    readonly repository: RepositoryName;
    readonly tags: readonly TagRule[];
    /** Which package of a monorepo it is. Default: the only one. */
    readonly package?: TagPackage;
  }[];
  /** What every image is built for. Default: one leg without a version. */
  readonly legs?: readonly TagLeg[];
}

/** One version that images are built for. */
export interface TagLeg {
  readonly id: string;
  /** Name of a scheme, with options or without, or a scheme. */
  readonly scheme: string | SchemeConfig | VersionScheme;
  readonly line?: string;
  readonly variant?: string;
  readonly source?: string;
  /** Names of images. Default: all. */
  readonly images?: readonly string[];
  /** Names of the variants it is built in, where images have some. Default: all. */
  readonly variants?: readonly string[];
}

/** What else is known of how images are built. */
export interface CollisionOptions {
  /** Variants every image is built in. Default none. */
  readonly variants?: readonly TagVariant[];
  /** The version of a leg, by its id. Default: one of its line is made up. */
  readonly versions?: Readonly<Record<string, string>>;
  readonly event?: TagEvent;
  /**
   * Template of the build cache's scope, for example `{image}-{release}{suffix}`. Beside the names of tag templates
   * `{suffix}`, that of the variant, and `{leg}` may stand in it.
   */
  readonly cacheScope?: string;
  /** Template of the artifact's name, in the same notation. */
  readonly artifact?: string;
}

/** Who claims a name. */
export interface Claimant {
  readonly image: string;
  readonly leg: string;
  /** Absent: images have no variants. */
  readonly variant?: string;
  /** The tag rule or the template, for people. */
  readonly rule: string;
}

/** One name that two or more builds of a definition would write. */
export interface TagCollision {
  readonly kind: "tag" | "cache-scope" | "artifact";
  /** A tag with its repository, or the scope or artifact. */
  readonly name: string;
  readonly claimants: readonly [Claimant, Claimant, ...Claimant[]];
}

interface Claim {
  readonly claimant: Claimant;
  /** Builds of one line agree among themselves by its order who may have the tag. */
  readonly line: string | undefined;
}

/**
 * Every tag, cache scope and artifact that two builds of the definition would write over each other: images × legs ×
 * variants × rules, all claimants named. Versions of one image that compete for a tag by their order do not collide.
 *
 * @throws BayplanError as `assignTags` does for rules that cannot work.
 */
export function findTagCollisions(definition: TagDefinition, options: CollisionOptions = {}): readonly TagCollision[] {
  const claims = new Map<string, Claim[]>();
  const add = (kind: TagCollision["kind"], name: string, claim: Claim) => {
    const key = `${kind} ${name}`;
    const others = claims.get(key);
    if (others === undefined) claims.set(key, [claim]);
    else others.push(claim);
  };
  const legs = definition.legs ?? [noLeg];
  const variants = options.variants ?? [];
  for (const [index, leg] of legs.entries()) {
    const sample = sampleVersion(leg, { legs, index, ...options });
    const builds = (variants.length === 0 ? [undefined] : variants)
      .filter((variant) => variant === undefined || leg.variants?.includes(variant.name) !== false)
      .map((variant) => ({ leg, variant, sample, options, add, worked: new Map() }));
    const names = leg.images === undefined ? undefined : new Set(leg.images);
    for (const image of definition.images) {
      if (names?.has(image.name) === false) continue;
      for (const build of builds) claimNames(image, build);
    }
  }
  return [...claims].flatMap(([key, list]) => collisionOf(key, list));
}

const noLeg: TagLeg = { id: "", scheme: "semver" };

interface BuildTags {
  readonly tags: readonly BuildTag[];
  readonly subject: TagSubject;
}

interface Build {
  /** What was worked out for this leg and variant, by rules. */
  readonly worked: Map<string, BuildTags>;
  readonly leg: TagLeg;
  readonly variant: TagVariant | undefined;
  readonly sample: ReturnType<typeof sampleVersion>;
  readonly options: CollisionOptions;
  readonly add: (kind: TagCollision["kind"], name: string, claim: Claim) => void;
}

/** One tag a build means, whoever builds it. */
interface BuildTag {
  readonly tag: string;
  readonly rule: string;
  readonly order: TagOrder | undefined;
}

function claimNames(image: TagDefinition["images"][number], build: Build): void {
  const { leg, variant, sample, options, add } = build;
  const { tags, subject } = buildTags(image, build);
  const who = { image: image.name, leg: leg.id, ...(variant === undefined ? {} : { variant: variant.name }) };
  const repository = formatRepository(image.repository);
  for (const { tag, rule, order } of tags) {
    const line = lineName(order, who, [sample.scheme.name, subject.version?.variant ?? ""]);
    add("tag", `${repository}:${tag}`, { claimant: { ...who, rule }, line });
  }
  for (const [kind, template] of [
    ["cache-scope", options.cacheScope],
    ["artifact", options.artifact],
  ] as const) {
    if (template === undefined) continue;
    const value = (name: string) =>
      name === "leg"
        ? leg.id
        : name === "suffix"
          ? (variant?.suffix ?? "")
          : tagValue(name, { ...subject, image: image.name });
    const values = Object.fromEntries(templateNames(template).map((name) => [name, value(name)]));
    const name = renderTemplate(template, values);
    if (name !== undefined) add(kind, name, { claimant: { ...who, rule: template }, line: undefined });
  }
}

/** The tags of a build. Thousands of images have the same rules: what does not name the image is worked out once. */
function buildTags(image: TagDefinition["images"][number], build: Build): BuildTags {
  const rules = JSON.stringify([image.tags, image.package ?? null]);
  const isOwn = rules.includes("{image}") || image.tags.some((rule) => rule.images !== undefined);
  const key = isOwn ? `${rules} ${image.name}` : rules;
  const known = build.worked.get(key);
  if (known !== undefined) return known;
  const { variant, sample, options } = build;
  const { variants, event } = options;
  const policy = {
    ...{ rules: image.tags, scheme: sample.scheme, onInvalid: "report" as const },
    ...(variants === undefined ? {} : { variants }),
    ...(image.package === undefined ? {} : { package: image.package }),
  };
  const { claims, subject } = claimTags(policy, {
    image: image.name,
    ...(sample.raw === undefined ? {} : { version: sample.raw }),
    ...(event === undefined ? {} : { event }),
    ...(variant === undefined ? {} : { variant: variant.name }),
  });
  const tags = new Map<string, BuildTag>();
  for (const claim of claims) {
    // Two rules of one build that give one tag are one claim.
    if (claim.state !== "claimed" || tags.has(claim.tag)) continue;
    tags.set(claim.tag, { tag: claim.tag, rule: ruleText(claim.rule), order: claim.shape.order });
  }
  const worked = { tags: [...tags.values()], subject };
  build.worked.set(key, worked);
  return worked;
}

function lineName(
  order: TagOrder | undefined,
  { image, variant }: { readonly image: string; readonly variant?: string },
  kind: readonly [scheme: string, variant: string],
): string | undefined {
  return order === "version" ? JSON.stringify([image, variant ?? null, ...kind]) : undefined;
}

function collisionOf(key: string, claims: readonly Claim[]): readonly TagCollision[] {
  const [first, second, ...rest] = claims;
  if (first === undefined || second === undefined) return [];
  if (first.line !== undefined && claims.every(({ line }) => line === first.line)) return [];
  const space = key.indexOf(" ");
  const kind = key.slice(0, space) as TagCollision["kind"];
  const others = rest.map(({ claimant }) => claimant);
  return [{ kind, name: key.slice(space + 1), claimants: [first.claimant, second.claimant, ...others] }];
}
