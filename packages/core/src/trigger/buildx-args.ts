import { BayplanError } from "../errors.ts";
import { formatPlatform, parsePlatform } from "../oci/platform.ts";
import { formatReference, parseReference } from "../oci/reference.ts";
import { type CachePolicy, cacheFlags } from "./cache-flags.ts";

/** What an annotation stands on. */
export type BuildxAnnotationLevel = "manifest" | "index" | "manifest-descriptor" | "index-descriptor";

/** One build by `docker buildx build`, as data. */
export interface BuildxBuild {
  /** Folder or URL of the build context. */
  readonly context: string;
  /** Path of the Dockerfile. Default: the one of the context. */
  readonly dockerfile?: string;
  /** Stage to build. Default: the last. */
  readonly target?: string;
  /** Default: the builder's own. */
  readonly platforms?: readonly string[];
  /** References with tags. */
  readonly tags?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Per level, as `assignLabels` gives them. A level `index` needs several platforms or an attestation to have an index. */
  readonly annotations?: Readonly<Partial<Record<BuildxAnnotationLevel, Readonly<Record<string, string>>>>>;
  /** Visible to everybody who can see the command or the image: no place for secrets. */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Default: neither read nor written, but what the builder itself has may be used. */
  readonly cache?: CachePolicy;
  /** Looks for newer bases whatever the cache policy says. Default: what the policy says. */
  readonly pull?: boolean;
  /** `load` into the local store, `push` to the registry, `none` leaves the result in the builder. Default `none`. */
  readonly output?: "load" | "push" | "none";
  /** Default: what the builder does. */
  readonly provenance?: boolean | "min" | "max";
  /** Default: what the builder does. */
  readonly sbom?: boolean;
  /** Where BuildKit writes digest and more. */
  readonly metadataFile?: string;
}

const argumentName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const labelName = /^[^\s=\0]+$/;
const annotationLevels: readonly BuildxAnnotationLevel[] = [
  "manifest",
  "index",
  "manifest-descriptor",
  "index-descriptor",
];
const stageName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * The arguments of `docker` for a build: a list to start a process with, no text for a shell. Each flag is one entry,
 * `--name=value`, so no value can become a flag; the context is last, behind `--`.
 *
 * @throws BayplanError `INVALID_INPUT`, `INVALID_REFERENCE`, `INVALID_TAG` or `INVALID_PLATFORM` naming what cannot be used.
 * @see https://docs.docker.com/reference/cli/docker/buildx/build/
 */
export function buildxArgs(build: BuildxBuild): readonly string[] {
  const { platforms = [], tags = [], labels = {}, buildArgs = {}, output = "none" } = build;
  if (output === "push" && tags.length === 0) throw invalid("tags", "none", "at least one tag to push");
  const cache = build.cache === undefined ? [] : cacheFlags(build.cache);
  const pull = build.pull === true && !cache.includes("--pull") ? ["--pull"] : [];
  return [
    "buildx",
    "build",
    ...(build.dockerfile === undefined ? [] : [`--file=${path("Dockerfile", build.dockerfile)}`]),
    ...(build.target === undefined ? [] : [`--target=${named("target", build.target, stageName)}`]),
    ...(platforms.length === 0
      ? []
      : [`--platform=${platforms.map((text) => formatPlatform(parsePlatform(text))).join(",")}`]),
    ...pull,
    ...cache,
    ...pairs("build-arg", buildArgs, { name: argumentName }),
    ...pairs("label", labels, { name: labelName }),
    ...annotationLevels.flatMap((level) =>
      pairs("annotation", build.annotations?.[level] ?? {}, { name: labelName, before: `${level}:` }),
    ),
    ...tags.map((tag) => `--tag=${taggedReference(tag)}`),
    ...(build.provenance === undefined ? [] : [`--provenance=${provenanceText(build.provenance)}`]),
    ...(build.sbom === undefined ? [] : [`--sbom=${build.sbom}`]),
    ...(build.metadataFile === undefined ? [] : [`--metadata-file=${path("metadata file", build.metadataFile)}`]),
    ...(output === "none" ? [] : [`--${output}`]),
    "--",
    path("context", build.context),
  ];
}

function pairs(
  flag: string,
  values: Readonly<Record<string, string>>,
  written: { readonly name: RegExp; readonly before?: string },
): readonly string[] {
  return Object.entries(values).map(([key, value]) => {
    if (value.includes("\0")) throw invalid(`value of ${flag} ${key}`, "a text with a NUL", "a text without one");
    return `--${flag}=${written.before ?? ""}${named(flag, key, written.name)}=${value}`;
  });
}

function named(what: string, name: string, pattern: RegExp): string {
  if (pattern.test(name)) return name;
  throw invalid(
    `name of the ${what}`,
    JSON.stringify(name.slice(0, 100)),
    "letters, digits and what such a name may have",
  );
}

function path(what: string, text: string): string {
  // "-" would be the standard input.
  if (text !== "" && !text.startsWith("-") && !text.includes("\0")) return text;
  throw invalid(what, JSON.stringify(text.slice(0, 100)), 'a path or URL that does not begin with "-"');
}

function taggedReference(text: string): string {
  const reference = parseReference(text);
  // Without a tag it would mean "latest", which nobody wrote.
  if (reference.kind === "tag" && text.endsWith(`:${reference.tag}`)) return formatReference(reference);
  throw invalid("tag", JSON.stringify(text.slice(0, 200)), "a reference with its tag written out, and no digest");
}

function provenanceText(provenance: boolean | "min" | "max"): string {
  return typeof provenance === "boolean" ? String(provenance) : `mode=${provenance}`;
}

function invalid(what: string, found: string, expected: string): BayplanError {
  return new BayplanError("INVALID_INPUT", `The ${what} of the build is ${found}; ${expected} is expected.`);
}
