export type { EventRequest, JsonValue } from "./check-event.ts";
export type { GitHubCiOptions } from "./ci-context.ts";
export type { CompareRequest } from "./compare-commits.ts";
export { concurrencyGroup } from "./concurrency-group.ts";
export { createGitHubCi, type GitHubCi } from "./create-github-ci.ts";
export type { GitHubEvent } from "./event/github-event.ts";
export { type GitHubContext, type GitHubContextOptions, readGitHubContext } from "./event/read-github-context.ts";
export { type ExpectedValue, type ReceivedValue, receiveValues } from "./event/receive-values.ts";
export { type Commit, type CommitList, type CommitsSinceOptions, commitsSince } from "./git/commits-since.ts";
export { type NearestRelease, type NearestReleaseOptions, nearestRelease } from "./git/nearest-release.ts";
export { type OidcTokenOptions, requestOidcToken } from "./oidc-token.ts";
export {
  type Annotation,
  formatAnnotation,
  formatGroup,
  formatMask,
  formatUntrusted,
} from "./output/command-text.ts";
export { formatEnvironmentFile } from "./output/environment-file.ts";
export { fitSummary } from "./output/fit-summary.ts";
export { createJobFiles, type JobFiles } from "./output/job-files.ts";
export { createRateBudget, type RateBudget, type RateBudgetOptions } from "./rate-budget.ts";
export { type ArtifactInput, artifactFiles, writeArtifactFiles } from "./report/artifact-files.ts";
export { imageOutputs, type PushedImage } from "./report/image-outputs.ts";
export {
  formatPermissions,
  type Permissions,
  type PermissionsReport,
  type RequiredPermissionsOptions,
  requiredPermissions,
} from "./report/required-permissions.ts";
export { attemptInTitle, formatRunKey, isRunKey } from "./run-key.ts";
