import { BayplanError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { ImageIndex } from "../oci/manifest.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import type { AttestationFacts } from "./image-facts.ts";

const maxPlatforms = 100;
const attestationType = "vnd.docker.reference.type";
const attestationSubject = "vnd.docker.reference.digest";

/**
 * The entries of an index that run somewhere: neither attestations nor other artifacts.
 *
 * @throws BayplanError `RESPONSE_INVALID` for more than 100.
 */
export function runnableEntries(index: ImageIndex, reference: Reference): readonly Descriptor[] {
  const runnable = index.manifests.filter((entry) => !isAttestation(entry) && entry.artifactType === undefined);
  if (runnable.length <= maxPlatforms) return runnable;
  const message = `${formatReference(reference)} has ${runnable.length} platforms; at most ${maxPlatforms} are read.`;
  throw new BayplanError("RESPONSE_INVALID", message);
}

/** BuildKit marks them by an annotation and the platform `unknown/unknown`; either is enough, neither is ever runnable. */
function isAttestation(entry: Descriptor): boolean {
  return entry.annotations?.[attestationType] !== undefined || entry.platform?.os === "unknown";
}

/** The entry as an attestation; none when it is something else. */
export function attestationOf(entry: Descriptor): readonly AttestationFacts[] {
  if (!isAttestation(entry)) return [];
  const subject = entry.annotations?.[attestationSubject];
  const type = entry.annotations?.[attestationType] ?? "unknown";
  return [{ digest: entry.digest, type, ...(subject === undefined ? {} : { subject }) }];
}
