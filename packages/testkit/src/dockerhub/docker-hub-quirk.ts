/**
 * A way in which Docker Hub differs from what its clients expect, or in which reports about it disagree.
 *
 * On by default:
 * - `dockerhub-missing-is-401`: a repository that does not exist is answered like a private one (distribution/distribution#4354).
 *   Off: 404 `NAME_UNKNOWN`.
 * - `dockerhub-plain-text-429`: too many requests are answered as text (docker/hub-feedback#1907). Off: `TOOMANYREQUESTS`.
 * - `dockerhub-login-lockout`: five failed logins lock an account for ten minutes (docker/hub-feedback#2201).
 * - `dockerhub-missing-namespace-is-empty`: the tags of a namespace that does not exist are an empty list
 *   (docker/hub-feedback#2357). Off: 404.
 * - `dockerhub-old-tags-without-digest`: tags pushed more than a year ago are listed without their digest.
 *
 * Not on by default:
 * - `dockerhub-pat-refused`: who logged in with a personal access token may delete no tag (docker/hub-feedback#2006, #2127).
 * - `dockerhub-delete-405`: the registry deletes nothing (docker/hub-feedback#2360).
 * - `dockerhub-no-referrers`: no referrers API, no `OCI-Subject` (docker/roadmap#724; sigstore/cosign#4641 says otherwise).
 * - `dockerhub-fresh-token-invalid`: a token is called invalid in its first second (moby/moby#22158).
 * - `dockerhub-stale-tags`: the Hub API does not know of a tag's last push yet.
 */
export type DockerHubQuirk =
  | "dockerhub-missing-is-401"
  | "dockerhub-plain-text-429"
  | "dockerhub-login-lockout"
  | "dockerhub-missing-namespace-is-empty"
  | "dockerhub-old-tags-without-digest"
  | "dockerhub-pat-refused"
  | "dockerhub-delete-405"
  | "dockerhub-no-referrers"
  | "dockerhub-fresh-token-invalid"
  | "dockerhub-stale-tags";

/** The quirks of a simulator that was told nothing else. */
export const usualDockerHubQuirks: readonly DockerHubQuirk[] = [
  "dockerhub-missing-is-401",
  "dockerhub-plain-text-429",
  "dockerhub-login-lockout",
  "dockerhub-missing-namespace-is-empty",
  "dockerhub-old-tags-without-digest",
];
