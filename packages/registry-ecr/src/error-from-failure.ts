import type { ImageFailure } from "@aws-sdk/client-ecr";
import { BayplanError, type BayplanErrorCode } from "@bayplan/core";

const codeByFailure: Readonly<Record<string, BayplanErrorCode>> = {
  ImageTagDoesNotMatchDigest: "TAG_MOVED",
  ImageReferencedByManifestList: "CONFLICT",
  ImageNotFound: "NOT_FOUND",
  InvalidImageDigest: "INVALID_DIGEST",
  InvalidImageTag: "INVALID_TAG",
  MissingDigestAndTag: "INVALID_INPUT",
  KmsError: "DENIED",
  UpstreamAccessDenied: "DENIED",
  UpstreamTooManyRequests: "RATE_LIMITED",
  UpstreamUnavailable: "UNAVAILABLE",
  // Archived, or its layers cannot be read now: it is there, so it is anything but absent.
  ImageInaccessible: "UNAVAILABLE",
};

/** The error that one of the failures inside a successful answer means. */
export function errorFromFailure(failure: ImageFailure, doing: string): BayplanError {
  const { failureCode = "no code", failureReason = "no reason" } = failure;
  const code = codeByFailure[failureCode] ?? "RESPONSE_INVALID";
  const advice = failureCode === "ImageInaccessible" ? " If it is archived, restore it first." : "";
  return new BayplanError(code, `${doing} failed: ${failureCode} (${failureReason.slice(0, 500)}).${advice}`);
}
