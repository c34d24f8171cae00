export type { MetadataDecision, MetadataVersion } from "./metadata-action/decide-metadata-version.ts";
export { fromMetadataAction, type MetadataActionResult } from "./metadata-action/from-metadata-action.ts";
export { type GitHeadAnswers, gitHeadRef } from "./metadata-action/git-head-ref.ts";
export {
  type ImportedMetadataPolicy,
  importMetadataPolicy,
  type MetadataImportWarning,
} from "./metadata-action/import-metadata-policy.ts";
export type { MetadataDiagnostic, MetadataDiagnosticCode } from "./metadata-action/metadata-diagnostic.ts";
export type {
  MetadataBakeFile,
  MetadataBakeFiles,
  MetadataBakeTarget,
  MetadataJson,
} from "./metadata-action/metadata-documents.ts";
export { parseMetadataList } from "./metadata-action/metadata-list.ts";
export { decideMetadataTags, type MetadataTags } from "./metadata-action/metadata-tags.ts";
export { type MetadataFlavor, parseMetadataFlavor } from "./metadata-action/parse-metadata-flavor.ts";
export { type MetadataImage, parseMetadataImages } from "./metadata-action/parse-metadata-images.ts";
export {
  type MetadataActionInputs,
  type ParsedMetadataInputs,
  parseMetadataInputs,
} from "./metadata-action/parse-metadata-inputs.ts";
export {
  type MetadataTagRule,
  type MetadataTagType,
  parseMetadataTag,
  parseMetadataTags,
} from "./metadata-action/parse-metadata-tag.ts";
export {
  type MetadataActionContext,
  type MetadataCheckout,
  type MetadataContext,
  type MetadataEvent,
  type MetadataRepository,
  readMetadataContext,
} from "./metadata-action/read-metadata-context.ts";
export { isRawStatement } from "./metadata-action/template/parse-template.ts";
export { fromDeletePackageVersionsInputs } from "./retention/from-delete-package-versions-inputs.ts";
export { fromEcrLifecyclePolicy } from "./retention/from-ecr-lifecycle-policy.ts";
export { fromGhcrCleanupInputs } from "./retention/from-ghcr-cleanup-inputs.ts";
export { fromGhcrPruneInputs } from "./retention/from-ghcr-prune-inputs.ts";
export { fromHarborRetention, type HarborRetentionOptions } from "./retention/from-harbor-retention.ts";
export { fromSnokInputs } from "./retention/from-snok-inputs.ts";
export { fromZotRetention, type ZotRetentionOptions } from "./retention/from-zot-retention.ts";
export type { SimulatedInventory, SimulatedManifest } from "./retention/simulated-inventory.ts";
export type {
  ImportedRetention,
  RetentionSimulation,
  RetentionWarning,
  RetentionWarningCode,
  SimulatedUntag,
} from "./retention/simulation.ts";
export {
  type EcrExportOptions,
  type EcrLeftover,
  type EcrLifecycleExport,
  type EcrLifecycleRule,
  toEcrLifecyclePolicy,
} from "./retention/to-ecr-lifecycle-policy.ts";
