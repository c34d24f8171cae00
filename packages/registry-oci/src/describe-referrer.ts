import { type Descriptor, type Digest, isDigest, isIndexMediaType, type StoredBytes } from "@bayplan/core";
import { parseJsonBody } from "./json-body.ts";
import { ReferrerShape } from "./schema.ts";

/** What a manifest refers to, and how it is listed among the referrers of that. */
export interface Referrer {
  readonly subject: Digest;
  readonly descriptor: Descriptor;
}

/**
 * The descriptor under which a manifest with a `subject` is listed: its type is its `artifactType`, for an image without
 * one that of its config, and its annotations are those of the manifest. `undefined` without a subject.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-manifests-with-subject
 */
export function describeReferrer({ descriptor, bytes }: StoredBytes): Referrer | undefined {
  const parsed = ReferrerShape.safeParse(parseJsonBody(bytes));
  if (!parsed.success || !isDigest(parsed.data.subject.digest)) return undefined;
  const { mediaType, digest, size } = descriptor;
  const { subject, annotations, config } = parsed.data;
  const ofConfig = isIndexMediaType(mediaType) ? undefined : config?.mediaType;
  const artifactType = parsed.data.artifactType || ofConfig;
  return {
    subject: subject.digest as Digest,
    descriptor: {
      mediaType,
      digest,
      size,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}
