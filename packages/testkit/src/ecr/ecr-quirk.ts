/**
 * A way in which Amazon ECR differs from what its clients expect. All are on by default, except those that say so.
 *
 * - `ecr-eof-on-missing-repository`: an upload to a repository that does not exist breaks the connection
 *   (aws/containers-roadmap#1970). Off: 404 `NAME_UNKNOWN`.
 * - `ecr-immutable-same-digest`: an immutable tag is refused also with the digest it has (aws/containers-roadmap#2380).
 *   Off: `ImageAlreadyExistsException`, and 201 to a push.
 * - `ecr-expired-403`: an authorization token that is over is answered 403 `DENIED`. Off: 401.
 * - `ecr-illegal-reference-400`: HEAD of an illegal tag is 400 without a body (bazel-contrib/rules_oci#720). Off: 404.
 * - `ecr-no-digest-header`: manifests come without `Docker-Content-Digest` (google/containerregistry#10). Not on by default.
 */
export type EcrQuirk =
  | "ecr-eof-on-missing-repository"
  | "ecr-immutable-same-digest"
  | "ecr-expired-403"
  | "ecr-illegal-reference-400"
  | "ecr-no-digest-header";

/** The quirks of a simulator that was told nothing else. */
export const usualEcrQuirks: readonly EcrQuirk[] = [
  "ecr-eof-on-missing-repository",
  "ecr-immutable-same-digest",
  "ecr-expired-403",
  "ecr-illegal-reference-400",
];
