import {
  decideMetadataVersion,
  type MetadataDecision,
  type MetadataVersion,
  sanitizeTag,
} from "./decide-metadata-version.ts";
import { type MetadataFlavor, parseMetadataFlavor } from "./parse-metadata-flavor.ts";
import { type MetadataImage, parseMetadataImages } from "./parse-metadata-images.ts";
import type { MetadataActionInputs } from "./parse-metadata-inputs.ts";
import { parseMetadataTags } from "./parse-metadata-tag.ts";
import { type MetadataActionContext, type MetadataContext, readMetadataContext } from "./read-metadata-context.ts";

/** The tags of a run, without labels and annotations. */
export interface MetadataTags {
  readonly version: MetadataVersion;
  /** `image:tag` for every enabled image, in order; without one, the tags alone. `latest` is the last of each image. */
  readonly tags: readonly string[];
  /** The tags without an image. */
  readonly tagNames: readonly string[];
  /** Names of the enabled images, in lower case. */
  readonly imageNames: readonly string[];
  /** Every rule in the order in which it ran, and what became of it. */
  readonly decisions: readonly MetadataDecision[];
  /** What the action warns about, in its words. */
  readonly warnings: readonly string[];
  /** What was read from the inputs and the context. */
  readonly images: readonly MetadataImage[];
  readonly flavor: MetadataFlavor;
  readonly context: MetadataContext;
}

/**
 * The tags that docker/metadata-action gives for these inputs in this context, bug for bug.
 *
 * @throws BayplanError `INVALID_INPUT` where the action would fail, the cause being an error with its words, and for
 * templates and regular expressions that exceed the limits.
 */
export function decideMetadataTags(inputs: MetadataActionInputs, context: MetadataActionContext): MetadataTags {
  const read = readMetadataContext(context);
  const images = parseMetadataImages(inputs.images ?? []);
  const rules = parseMetadataTags(inputs.tags ?? []);
  const flavor = parseMetadataFlavor(inputs.flavor ?? []);
  const { version, decisions } = decideMetadataVersion(rules, flavor, read);
  const imageNames = images.filter(({ enable }) => enable).map(({ name }) => name.toLowerCase());
  const tagNames = namesOf(version, flavor);
  const tags =
    imageNames.length === 0
      ? tagNames
      : imageNames.flatMap((image) => tagNames.map((tag) => (image === "" ? tag : `${image}:${tag}`)));
  const warnings = decisions.flatMap((decision) => decision.warnings);
  return { version, tags, tagNames, imageNames, decisions, warnings, images, flavor, context: read };
}

function namesOf(version: MetadataVersion, flavor: MetadataFlavor): readonly string[] {
  if (version.main === undefined) return [];
  const names = [version.main, ...version.partial];
  return version.latest ? [...names, latestTag(flavor)] : names;
}

/** What `latest` is called: with the prefix and suffix that `onlatest` asks for, as they stand there. */
export function latestTag(flavor: MetadataFlavor): string {
  const prefix = flavor.prefixLatest ? flavor.prefix : "";
  const suffix = flavor.suffixLatest ? flavor.suffix : "";
  return sanitizeTag(`${prefix}latest${suffix}`);
}
