import { labelsByKey } from "./metadata-labels.ts";
import type { MetadataTags } from "./metadata-tags.ts";

/** A bake file: what one target gets. */
export interface MetadataBakeFile {
  readonly target: Readonly<Record<string, MetadataBakeTarget>>;
}

/** What a target of a {@link MetadataBakeFile} may have. */
export interface MetadataBakeTarget {
  readonly tags?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: readonly string[];
  readonly args?: Readonly<Record<string, string>>;
}

/** The files whose paths the action gives as outputs; their text is `JSON.stringify(file, null, 2)`. */
export interface MetadataBakeFiles {
  /** Tags, and the build arguments `DOCKER_META_IMAGES` and `DOCKER_META_VERSION`. Output `bake-file-tags`. */
  readonly tags: MetadataBakeFile;
  readonly labels: MetadataBakeFile;
  readonly annotations: MetadataBakeFile;
  /** Tags, labels and arguments. Output `bake-file`. */
  readonly tagsLabels: MetadataBakeFile;
}

/** The document of the `json` output. */
export interface MetadataJson {
  readonly tags: readonly string[];
  readonly "tag-names": readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** `level:key=value`. */
  readonly annotations: readonly string[];
}

/** What the documents are made of. */
export interface MetadataParts {
  readonly tags: MetadataTags;
  readonly labels: readonly string[];
  /** With their levels. */
  readonly annotations: readonly string[];
  readonly bakeTarget: string;
}

/** The document of the `json` output. */
export function metadataJson({ tags, labels, annotations }: MetadataParts): MetadataJson {
  return { tags: tags.tags, "tag-names": tags.tagNames, labels: labelsByKey(labels), annotations };
}

/** All four bake files. */
export function metadataBakeFiles({ tags, labels, annotations, bakeTarget }: MetadataParts): MetadataBakeFiles {
  const file = (target: MetadataBakeTarget): MetadataBakeFile => ({ target: { [bakeTarget]: target } });
  const { main } = tags.version;
  const args = {
    DOCKER_META_IMAGES: tags.imageNames.join(","),
    // Without a version JSON has no such argument at all.
    ...(main === undefined ? {} : { DOCKER_META_VERSION: main }),
  };
  return {
    tags: file({ tags: tags.tags, args }),
    labels: file({ labels: labelsByKey(labels) }),
    annotations: file({ annotations }),
    tagsLabels: file({ tags: tags.tags, labels: labelsByKey(labels), args }),
  };
}
