import { isBayplanError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import { parseReference, type Reference } from "../oci/reference.ts";
import type { PlatformFact } from "./image-fact.ts";

/** How it was found out whether an image is built on what its base is now. */
export type DriftMethod =
  /** Its build is found under the staging tag of the key that the present bases give. */
  | "key"
  /** By what it says it is built on. */
  | "annotation"
  /** By the base's layers, which are its first ones, and the base's history. */
  | "layers";

/** Whether an image is built on what its base is now, for one platform. */
export type BaseStanding =
  | { readonly state: "current"; readonly method: DriftMethod }
  | { readonly state: "drifted"; readonly method: DriftMethod; readonly from?: string }
  /** Everything was read and nothing tells. */
  | { readonly state: "unproven" }
  /** Something could not be learnt. */
  | { readonly state: "unknown" };

/** A base as it is now. */
export interface CurrentBase {
  readonly reference: Reference;
  /** Of what the reference names now: an index, or the only manifest. */
  readonly digest: Digest;
  /** Of its manifest for the platform. Absent when it is not known. */
  readonly manifest?: Digest;
  /** What it tells about itself, for the platform. Absent when it was not read. */
  readonly fact?: PlatformFact;
}

/**
 * Judges by what the image says of its base, then by layers. Some builders write the digest of the base's index, others
 * that of its platform's manifest: either will do. An annotation about another image says nothing: labels are inherited.
 */
export function judgeBase(image: PlatformFact, base: CurrentBase): BaseStanding {
  if (tellsOf(image, base.reference)) {
    const { digest } = image.base;
    if (digest === base.digest || digest === base.manifest) return { state: "current", method: "annotation" };
    // It may be the manifest's, which is not known.
    if (base.manifest === undefined || digest === undefined) return { state: "unknown" };
    return { state: "drifted", method: "annotation", from: digest };
  }
  if (base.fact === undefined) return { state: "unknown" };
  if (base.fact.diffIds.length === 0 || image.diffIds.length === 0) return { state: "unproven" };
  const isOn = isPrefix(base.fact.diffIds, image.diffIds);
  // Settings of the base alone, such as ENV, change its history and none of its layers.
  const isSame = image.history.length === 0 || isPrefix(base.fact.history, image.history);
  return isOn && isSame ? { state: "current", method: "layers" } : { state: "drifted", method: "layers" };
}

/** Whether what the image says of its base is about this base. */
export function tellsOf(image: PlatformFact, base: Reference): boolean {
  const { name, digest } = image.base;
  if (name === undefined || digest === undefined) return false;
  try {
    const named = parseReference(name);
    if (named.registry !== base.registry || named.repository !== base.repository) return false;
    return named.tag === undefined || base.tag === undefined || base.kind === "digest" || named.tag === base.tag;
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    return false;
  }
}

function isPrefix(start: readonly string[], whole: readonly string[]): boolean {
  return start.every((item, index) => item === whole[index]);
}
