export {
  BayplanError,
  type BayplanErrorCode,
  type BayplanErrorOptions,
  isBayplanError,
  type Problem,
  throwIfCancelled,
} from "./errors.ts";
export { addMs, type Instant, instantFromMs, instantToMs, parseInstant } from "./instant.ts";
export { canonicalJson, type JsonValue } from "./oci/canonical-json.ts";
export type { Descriptor, StoredBytes } from "./oci/descriptor.ts";
export { type Digest, digestOf, isDigest, matchesDigest, parseDigest } from "./oci/digest.ts";
export { type ImageIndex, type ImageManifest, parseManifest, platformDigests } from "./oci/manifest.ts";
export { isIndexMediaType, manifestMediaTypes, mediaTypes } from "./oci/media-type.ts";
export { formatPlatform, type Platform, parsePlatform } from "./oci/platform.ts";
export {
  type DigestReference,
  digestReference,
  formatReference,
  formatRepository,
  parseReference,
  parseRepository,
  type Reference,
  type RepositoryName,
  referenceTarget,
  type TagReference,
  tagReference,
} from "./oci/reference.ts";
export { isTag, parseTag } from "./oci/tag.ts";
export type { CallOptions } from "./ports/call-options.ts";
export type { CiAdapter, DispatchRequest, ObservedRun, Run, RunQuery, RunStatus } from "./ports/ci.ts";
export type { Clock } from "./ports/clock.ts";
export type {
  DeleteExpectation,
  Expected,
  RegistryAdapter,
  Resolution,
  StoredManifest,
  TagReceipt,
} from "./ports/registry.ts";
export type { Completeness, VersionCandidate, VersionListing, VersionSource } from "./ports/version-source.ts";
