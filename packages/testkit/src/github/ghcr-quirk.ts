/**
 * A way in which GitHub's container registry differs from what its clients expect. All are on by default, except those
 * that say so.
 *
 * - `ghcr-429-delay-in-body`: a 429 says how long to wait in its text only, as a Go duration
 *   (chainguard-images/images#173). Off: `Retry-After`.
 * - `ghcr-base64-bearer`: takes a token in Base64 as a bearer token (argoproj-labs/argocd-image-updater#303). Off: 403.
 * - `ghcr-delete-405`: manifests are not deleted through the registry (skopeo#1880). Off: 202.
 * - `ghcr-no-referrers-api`: referrers are not listed (actions/attest-build-provenance#71). Off: they are.
 * - `ghcr-placeholder-scope`: the challenge of `/v2/` asks for `repository:user/image:pull`
 *   (cloudflare/serverless-registry#148). Off: for nothing.
 * - `ghcr-subject-echo`: a manifest with a `subject` is answered with `OCI-Subject`. Off: without.
 * - `ghcr-tags-oldest-first`: tags come in the order in which they were made (renovatebot/renovate#36103). Off: sorted.
 * - `ghcr-token-refusal-401`: the token endpoint refuses with 401. Not on by default: with 403 `DENIED`.
 * - `ghcr-upload-cancel-405`: uploads cannot be cancelled (radius-project/radius#12623). Off: 204.
 */
export type GhcrQuirk =
  | "ghcr-429-delay-in-body"
  | "ghcr-base64-bearer"
  | "ghcr-delete-405"
  | "ghcr-no-referrers-api"
  | "ghcr-placeholder-scope"
  | "ghcr-subject-echo"
  | "ghcr-tags-oldest-first"
  | "ghcr-token-refusal-401"
  | "ghcr-upload-cancel-405";

/** The quirks of a simulator that was told nothing else. */
export const usualGhcrQuirks: readonly GhcrQuirk[] = [
  "ghcr-429-delay-in-body",
  "ghcr-base64-bearer",
  "ghcr-delete-405",
  "ghcr-no-referrers-api",
  "ghcr-placeholder-scope",
  "ghcr-subject-echo",
  "ghcr-tags-oldest-first",
  "ghcr-upload-cancel-405",
];
