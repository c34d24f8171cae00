export {
  type CompareOptions,
  compareImages,
  strictestEqualLevel,
} from "./compare/compare-images.ts";
export type { Comparison, ComparisonLevel, ImageDifference } from "./compare/comparison.ts";
export { type DescribeOptions, describeImage } from "./compare/describe-image.ts";
export { createDescriptionCache, type DescriptionCache } from "./compare/description-cache.ts";
export type { Gate, GateFacts, GateVerdict } from "./compare/gate.ts";
export type { AttestationFacts, ImageFacts, PlatformFacts } from "./compare/image-facts.ts";
export { judgeGate, judgeGates } from "./compare/judge-gate.ts";
export { listPlatforms, type PlatformList } from "./compare/list-platforms.ts";
export { rootfsFingerprint, rootfsText } from "./compare/rootfs-fingerprint.ts";
export { type PlatformVerdict, verifyPlatforms } from "./compare/verify-platforms.ts";
export { type CopyOptions, type CopyReceipt, type CopySource, type CopyTarget, copyImage } from "./copy/copy-image.ts";
export type { CopyProgress } from "./copy/copy-progress.ts";
export type { BakeValue } from "./definition/bake/bake-value.ts";
export { type BakeBuild, type BakeOptions, type BakeTarget, fromBakeFile } from "./definition/bake/from-bake-file.ts";
export type { BuildKeyFormat, BuildKeyInput } from "./definition/build-key-format.ts";
export { composeDefinitions } from "./definition/compose-definitions.ts";
export { definitionJsonSchema } from "./definition/definition-json-schema.ts";
export type {
  Dockerfile,
  DockerfileReference,
  DockerfileSource,
  DockerfileStage,
} from "./definition/dockerfile/dockerfile.ts";
export { graphDockerfiles, type NamedDockerfile } from "./definition/dockerfile/graph-dockerfiles.ts";
export { type ReadDockerfileOptions, readDockerfile } from "./definition/dockerfile/read-dockerfile.ts";
export type {
  Base,
  Family,
  ImageDefinition,
  ImageTest,
  ReleaseGroup,
  VersionLeg,
  VersionRequest,
} from "./definition/family.ts";
export type {
  BaseConfig,
  CompanionConfig,
  FailurePolicy,
  FamilyConfig,
  ImageConfig,
  ImageDefaults,
  MatrixPattern,
  ReleaseConfig,
  TestConfig,
  VersionConfig,
  VersionGates,
  VersionMatrix,
} from "./definition/family-config.ts";
export { type DefinitionOptions, defineConfig, parseDefinition } from "./definition/parse-definition.ts";
export { parseTagRules } from "./definition/parse-tag-rules.ts";
export {
  type ResolvedSetting,
  resolveSetting,
  type SettingOrigin,
  type SettingValues,
} from "./definition/resolve-setting.ts";
export type { TagConfig } from "./definition/tag-config.ts";
export {
  type BakeFile,
  type BakeFileOptions,
  type BakeFileTarget,
  type BakeImage,
  toBakeFile,
} from "./emit/to-bake-file.ts";
export {
  type GitHubMatrix,
  type GitHubMatrixJob,
  type GitHubMatrixOptions,
  type GitHubMatrixRow,
  toGitHubMatrix,
} from "./emit/to-github-matrix.ts";
export {
  BayplanError,
  type BayplanErrorCode,
  type BayplanErrorOptions,
  isBayplanError,
  type Problem,
  throwIfCancelled,
} from "./errors.ts";
export { type BindOptions, type BoundStep, type BoundTag, bindStep } from "./execute/bind-step.ts";
export { type BuildRequest, type DispatchReport, dispatchBuilds } from "./execute/dispatch-builds.ts";
export type { Drift, DriftPolicy } from "./execute/drift.ts";
export { execute } from "./execute/execute.ts";
export type { ExecuteOptions } from "./execute/execute-options.ts";
export type { Execution, ExecutionResult, ProgressEvent } from "./execute/execution.ts";
export type { Outcomes, StepOutcome } from "./execute/outcome.ts";
export { type DamagedLine, type ParsedJournal, parseJournal } from "./execute/parse-journal.ts";
export { refusalOfTags } from "./execute/refusal-of-error.ts";
export {
  backoffHours,
  type PastAttempts,
  type RetryQueue,
  type RetryQueueOptions,
  retryAt,
  retryQueue,
} from "./execute/retry-queue.ts";
export type { StepLimits } from "./execute/step-limits.ts";
export type { StepDurations } from "./execute/step-weights.ts";
export { type WaitForImageOptions, type WaitForImagePorts, waitForImage } from "./execute/wait-for-image.ts";
export { buildKey, stagingTag } from "./graph/build-key.ts";
export { createImageGraph, type GraphInput, type ImageGraph } from "./graph/create-image-graph.ts";
export type { EdgeScope, GraphBase, GraphEdge, GraphImage } from "./graph/graph-input.ts";
export { rebuildReasons } from "./graph/rebuild-reasons.ts";
export { addMs, type Instant, instantFromMs, instantToMs, isInstant, parseInstant } from "./instant.ts";
export { expandMatrix } from "./matrix/expand-matrix.ts";
export type { LegPattern, MatrixFilters, MatrixLeg, MatrixSpec, MatrixVersion } from "./matrix/matrix-spec.ts";
export type { BuildOrders, ForcedBuild, HeldBuild } from "./observe/build-orders.ts";
export type { ImageFact, PlatformFact } from "./observe/image-fact.ts";
export { type BaseStanding, type CurrentBase, type DriftMethod, judgeBase } from "./observe/judge-base.ts";
export type { NodeSelection } from "./observe/node-selection.ts";
export { type ObserveOptions, observeState } from "./observe/observe-state.ts";
export { formatReleaseState, parseReleaseState } from "./observe/parse-release-state.ts";
export { type ObservationPreview, previewObservation, type RequestCount } from "./observe/preview-observation.ts";
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
export { compilePattern, type Pattern, type PatternMatch, type PatternOptions } from "./pattern/compile-pattern.ts";
export { createPlan } from "./plan/create-plan.ts";
export { joinPlans } from "./plan/join-plans.ts";
export { type ParsePlanOptions, parsePlan } from "./plan/parse-plan.ts";
export type {
  AwaitImageStep,
  BuildStep,
  CopyStep,
  DeleteStep,
  LateBase,
  LateDigest,
  LateKeyInput,
  NodeState,
  Plan,
  PlannedCleanUp,
  PlannedDispatch,
  PlannedNode,
  PreflightStep,
  PreflightTag,
  Step,
  TagStep,
  TestStep,
  UntagStep,
  VerifyStep,
  WithheldPlanTag,
} from "./plan/plan.ts";
export type { PlanOptions } from "./plan/plan-options.ts";
export { planPins } from "./plan/plan-pins.ts";
export { type PromotedTag, type PromotionOptions, planPromotion, type TestedImage } from "./plan/plan-promotion.ts";
export { planRetention, type RetentionPlanOptions } from "./plan/plan-retention.ts";
export { planRollback, type RollbackOptions } from "./plan/plan-rollback.ts";
export type { CallOptions } from "./ports/call-options.ts";
export type { CiAdapter, DispatchRequest, ObservedRun, Run, RunQuery, RunStatus } from "./ports/ci.ts";
export type { Clock } from "./ports/clock.ts";
export type { Journal, JournalEntry, JournalResult, JournalStep } from "./ports/journal.ts";
export type { ManifestCache } from "./ports/manifest-cache.ts";
export type { ExecutePorts, ObservePorts } from "./ports/ports.ts";
export { readOnly } from "./ports/read-only.ts";
export type {
  BulkResolution,
  DeleteExpectation,
  DeleteOrder,
  DeleteOutcome,
  Expected,
  RegistryAdapter,
  RegistryInventory,
  Resolution,
  StoredManifest,
  TagReceipt,
  Unresolved,
  Untagging,
} from "./ports/registry.ts";
export type {
  Completeness,
  SourceFailure,
  VersionCandidate,
  VersionListing,
  VersionSource,
} from "./ports/version-source.ts";
export type { Reason, Reasons } from "./reason.ts";
export type { RemovalRefusal } from "./removal-refusal.ts";
export { explain } from "./report/explain.ts";
export { type JournalFormat, type RenderJournalOptions, renderJournal } from "./report/render-journal.ts";
export type { RenderOptions } from "./report/render-options.ts";
export { type PlanFormat, renderPlan } from "./report/render-plan.ts";
export { type ReportFormat, renderReport } from "./report/render-report.ts";
export {
  type HalfDoneGroup,
  type JournalExecution,
  type JournalSummary,
  type JournalTag,
  summariseJournal,
} from "./report/summarise-journal.ts";
export { parseDuration } from "./retention/duration.ts";
export { evaluateRetention } from "./retention/evaluate-retention.ts";
export type {
  DeletedManifest,
  KeptManifest,
  RefusedRemoval,
  RemovedTag,
  RetentionEvaluation,
  RetentionNotice,
  RetentionReasons,
} from "./retention/evaluation.ts";
export { type FindPinsOptions, type FoundPin, type FoundPins, findPins } from "./retention/find-pins.ts";
export type { ManifestLinks, RetentionInventory, RetentionManifest } from "./retention/inventory.ts";
export { manifestLinks } from "./retention/manifest-links.ts";
export { parseRetentionPolicy } from "./retention/parse-retention-policy.ts";
export {
  type InventoryProgress,
  type ReadInventoryOptions,
  readRetentionInventory,
} from "./retention/read-retention-inventory.ts";
export type {
  CustomRetentionRule,
  CustomRetentionSubject,
  Pin,
  RefDeletion,
  RetentionGuards,
  RetentionPolicy,
  RetentionRule,
  StreamPart,
  TagSelector,
} from "./retention/retention-policy.ts";
export type { ExpiryReason, KeepReason, RefusalReason, RetentionReason } from "./retention/retention-reason.ts";
export {
  type AnnotationLevel,
  assignLabels,
  type LabelAssignment,
  type LabelChanges,
  type LabelFacts,
  type LabelPolicy,
} from "./tags/assign-labels.ts";
export {
  type AssignedTag,
  assignTags,
  type TagAssignment,
  type TagDecision,
  type WithheldTag,
} from "./tags/assign-tags.ts";
export type { CustomTag, CustomTagInput, CustomTags } from "./tags/custom-tags.ts";
export {
  type Claimant,
  type CollisionOptions,
  findTagCollisions,
  type TagCollision,
  type TagDefinition,
  type TagLeg,
} from "./tags/find-tag-collisions.ts";
export { type GroupMember, type GroupVerdict, judgeGroup } from "./tags/judge-group.ts";
export type { KnownTags } from "./tags/known-tags.ts";
export {
  type DeletedRefTags,
  mapRefsToTags,
  type RefTagMap,
  tagsOfDeletedRef,
} from "./tags/map-refs-to-tags.ts";
export { type MeantTag, meantTags } from "./tags/meant-tags.ts";
export { formatHeredoc, formatLabelList, formatLineList, parseLineList } from "./tags/output-formats.ts";
export { type SanitizedTag, type SanitizeOptions, sanitizeTag } from "./tags/sanitize-tag.ts";
export type { ClaimContext } from "./tags/tag-claim.ts";
export type { TagCondition } from "./tags/tag-condition.ts";
export type { TagEvent } from "./tags/tag-event.ts";
export type { TagIntervention } from "./tags/tag-intervention.ts";
export type {
  CommitRelation,
  ShownTag,
  TagContext,
  TagPackage,
  TagPolicy,
  TagVariant,
} from "./tags/tag-policy.ts";
export type { TagLine, TagMobility, TagOrder, TagRule, TagRuleOptions } from "./tags/tag-rule.ts";
export { type BuildxAnnotationLevel, type BuildxBuild, buildxArgs } from "./trigger/buildx-args.ts";
export { type CachePolicy, type CacheStore, cacheFlags } from "./trigger/cache-flags.ts";
export { type CacheChoice, type CacheMode, type CacheUse, cacheUse, chooseCacheMode } from "./trigger/cache-mode.ts";
export { type ChangeBase, type ChangeBaseFacts, changeBase } from "./trigger/change-base.ts";
export type { ChangedPaths } from "./trigger/changed-paths.ts";
export { type CheckoutOptions, type CheckoutStrategy, checkoutStrategy } from "./trigger/checkout-strategy.ts";
export { type ClassifiedRef, classifyRef } from "./trigger/classify-ref.ts";
export { type ChangeDetection, detectChanges } from "./trigger/detect-changes.ts";
export { explainTrigger } from "./trigger/explain-trigger.ts";
export { formatCommand } from "./trigger/format-command.ts";
export { parseGitRefName } from "./trigger/git-ref-name.ts";
export type { GitRef, GitRefs } from "./trigger/git-refs.ts";
export { isFullSha } from "./trigger/git-sha.ts";
export { formatInputFlag, parseInputFlag } from "./trigger/input-flag.ts";
export type { RowReason, RowVerdict } from "./trigger/match-row.ts";
export { compileNameFilter, type NameFilter, type NameFilterOptions } from "./trigger/name-filter.ts";
export { type LsRemoteOptions, parseLsRemote } from "./trigger/parse-ls-remote.ts";
export { type NameStatusOptions, parseNameStatus } from "./trigger/parse-name-status.ts";
export { parseTriggerTable } from "./trigger/parse-trigger-table.ts";
export { type ReceivedFrom, type ReceivedRef, type RefSources, receiveRef } from "./trigger/receive-ref.ts";
export { checkRefAgreement, type RefAgreement } from "./trigger/ref-agreement.ts";
export {
  createRefDispatch,
  type MovedRef,
  type RefDispatchTarget,
  type RepositoryDispatch,
} from "./trigger/ref-dispatch.ts";
export {
  type DecisionReason,
  resolveTrigger,
  type TriggerBehaviour,
  type TriggerDecision,
} from "./trigger/resolve-trigger.ts";
export type { TriggerEvent } from "./trigger/trigger-event.ts";
export type { TriggerRef } from "./trigger/trigger-ref.ts";
export type {
  FactState,
  TriggerCondition,
  TriggerRow,
  TriggerSettings,
  TriggerTable,
} from "./trigger/trigger-table.ts";
export {
  type CompiledFilter,
  compileWorkflowFilter,
  type FilterReason,
  type FilterVerdict,
  type WorkflowFilter,
} from "./trigger/workflow-filter.ts";
export {
  type AgreementOptions,
  type DeclaredVersions,
  requireVersionAgreement,
  versionsAgree,
} from "./version/check-version-agreement.ts";
export {
  createVersionScheme,
  type SchemeConfig,
  type SchemeOptions,
  versionSchemeNames,
} from "./version/create-version-scheme.ts";
export {
  excludeFluxTags,
  type FluxSelection,
  type FluxTagFilter,
  type FluxTagValue,
  filterFluxTags,
  selectByFluxPolicy,
} from "./version/flux-filter.ts";
export {
  createFluxPolicy,
  type FluxOrder,
  type FluxPolicy,
  type FluxRanking,
  parseFluxVersion,
  sortFluxVersions,
} from "./version/flux-policy.ts";
export {
  type HighestOptions,
  type HighestVerdict,
  isHighest,
  isHighestInLine,
  type PublishedVersions,
} from "./version/is-highest.ts";
export {
  createMastermindsRange,
  type MastermindsRange,
  type MastermindsRangeOptions,
} from "./version/masterminds-range.ts";
export type { MastermindsVersion } from "./version/masterminds-version.ts";
export { versionOfCommit } from "./version/nearest-version.ts";
export {
  parseVersionFile,
  type VersionFile,
  type VersionFileFormat,
  type VersionFileOptions,
} from "./version/parse-version-file.ts";
export { parseVersionList, type VersionListOptions } from "./version/parse-version-list.ts";
export { comparePep440 } from "./version/pep440-compare.ts";
export { createPep440Range, type Pep440Options, type Pep440Range } from "./version/pep440-range.ts";
export { isPep440Prerelease, normalizePep440, type Pep440Version, parsePep440 } from "./version/pep440-version.ts";
export type { ReleasePart } from "./version/release-part.ts";
export { type NewestOptions, type NewestSelection, selectNewest } from "./version/select-newest.ts";
export { selectVersion } from "./version/select-version.ts";
export type { RejectedCandidate, RejectionCode, Selection } from "./version/selection.ts";
export { classifyTag, type TagClass } from "./version/tag-class.ts";
export type { Version, VersionScheme } from "./version/version-scheme.ts";
export type { VersionChannel, VersionSelector } from "./version/version-selector.ts";
