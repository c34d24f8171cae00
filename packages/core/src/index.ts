export { type CopyOptions, type CopyReceipt, type CopySource, type CopyTarget, copyImage } from "./copy/copy-image.ts";
export type { CopyProgress } from "./copy/copy-progress.ts";
export type { Base, Family, ImageDefinition, VersionLeg, VersionRequest } from "./definition/family.ts";
export type {
  CompanionConfig,
  FamilyConfig,
  ImageConfig,
  TagConfig,
  VersionConfig,
} from "./definition/family-config.ts";
export { defineConfig, parseDefinition } from "./definition/parse-definition.ts";
export {
  BayplanError,
  type BayplanErrorCode,
  type BayplanErrorOptions,
  isBayplanError,
  type Problem,
  throwIfCancelled,
} from "./errors.ts";
export { type BoundStep, bindStep } from "./execute/bind-step.ts";
export { type ExecuteOptions, execute } from "./execute/execute.ts";
export type { Execution, ExecutionResult, ProgressEvent } from "./execute/execution.ts";
export type { Outcomes, StepOutcome } from "./execute/outcome.ts";
export { type BuildKeyInput, buildKey, stagingTag } from "./graph/build-key.ts";
export { createImageGraph, type GraphInput, type ImageGraph } from "./graph/create-image-graph.ts";
export { addMs, type Instant, instantFromMs, instantToMs, isInstant, parseInstant } from "./instant.ts";
export { type ObserveOptions, observeState } from "./observe/observe-state.ts";
export type { ReferenceFact, ReleaseState, SourceFact, TagsFact, Unknown } from "./observe/release-state.ts";
export { type Requirement, requirements } from "./observe/requirements.ts";
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
export { createPlan } from "./plan/create-plan.ts";
export { parsePlan } from "./plan/parse-plan.ts";
export type {
  AwaitImageStep,
  BuildStep,
  LateBase,
  LateDigest,
  LateKeyInput,
  NodeState,
  Plan,
  PlannedNode,
  Step,
  TagStep,
  VerifyStep,
} from "./plan/plan.ts";
export type { CallOptions } from "./ports/call-options.ts";
export type { CiAdapter, DispatchRequest, ObservedRun, Run, RunQuery, RunStatus } from "./ports/ci.ts";
export type { Clock } from "./ports/clock.ts";
export type { ManifestCache } from "./ports/manifest-cache.ts";
export type { ExecutePorts, ObservePorts } from "./ports/ports.ts";
export { readOnly } from "./ports/read-only.ts";
export type {
  BulkResolution,
  DeleteExpectation,
  Expected,
  RegistryAdapter,
  Resolution,
  StoredManifest,
  TagReceipt,
  Unresolved,
} from "./ports/registry.ts";
export type { Completeness, VersionCandidate, VersionListing, VersionSource } from "./ports/version-source.ts";
export type { Reason, Reasons } from "./reason.ts";
export { explain } from "./report/explain.ts";
export { type PlanFormat, renderPlan } from "./report/render-plan.ts";
export { type ReportFormat, renderReport } from "./report/render-report.ts";
export {
  type AssignedTag,
  assignTags,
  type TagAssignment,
  type TagContext,
  type TagPolicy,
  type WithheldTag,
} from "./tags/assign-tags.ts";
export type { KnownTags } from "./tags/known-tags.ts";
export type { TagRule } from "./tags/tag-rule.ts";
export { createVersionScheme, versionSchemeNames } from "./version/create-version-scheme.ts";
export {
  type RejectedCandidate,
  type RejectionCode,
  type Selection,
  selectVersion,
  type VersionSelector,
} from "./version/select-version.ts";
export type { Version, VersionScheme } from "./version/version-scheme.ts";
