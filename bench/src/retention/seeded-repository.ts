import { createHash } from "node:crypto";
import { addMs, type Digest, parseDigest, parseInstant, type RetentionManifest } from "@bayplan/core";

const now = parseInstant("2026-01-01T00:00:00Z");
const hour = 3_600_000;
const imageType = "application/vnd.oci.image.manifest.v1+json";
const indexType = "application/vnd.oci.image.index.v1+json";

/**
 * A repository as a busy pipeline leaves it, the same for the same seed: builds of two platforms with an attestation each,
 * a signature by tag, an SBOM by subject and a signature of that; every hundredth is a release under three more tags,
 * every tenth of a branch, some are overwritten and have no tag left.
 */
export function seededRepository(size: number, seed: number): readonly RetentionManifest[] {
  const random = randomNumbers(seed);
  const manifests: RetentionManifest[] = [];
  for (let build = 0; manifests.length < size; build += 1) {
    const pushedAt = addMs(now, -(size / 8 - build) * hour - Math.floor(random() * hour));
    const digestOf = (part: string): Digest =>
      parseDigest(`sha256:${createHash("sha256").update(`${seed} ${build} ${part}`).digest("hex")}`);
    const add = (
      part: string,
      links: { readonly children?: readonly Digest[]; readonly subject?: Digest },
      tags: readonly string[] = [],
    ) => {
      const digest = digestOf(part);
      const { children = [], subject } = links;
      manifests.push({
        descriptor: { mediaType: children.length > 0 ? indexType : imageType, digest, size: 1000 },
        tags,
        pushedAt,
        links: { state: "read", children, ...(subject !== undefined && { subject }) },
      });
      return digest;
    };
    const children = ["amd64", "arm64", "amd64 attestation", "arm64 attestation"].map((part) => add(part, {}));
    const isLost = random() < 0.1;
    const tags = isLost ? [] : [`sha-${digestOf("commit").slice(7, 47)}`];
    if (build % 100 === 0) tags.push(`1.${Math.floor(build / 1000)}.${build}`, `v1.${build}`, `stable-${build}`);
    if (build % 10 === 1) tags.push(`feature-${build}`);
    const index = add("index", { children }, tags);
    add("signature", {}, [`${index.replace(":", "-")}.sig`]);
    const sbom = add("sbom", { subject: index });
    add("sbom signature", { subject: sbom });
  }
  // Registries list newest first, or by digest, or as they like.
  for (let place = manifests.length - 1; place > 0; place -= 1) {
    const other = Math.floor(random() * (place + 1));
    const [left, right] = [manifests[place], manifests[other]];
    if (left !== undefined && right !== undefined) [manifests[place], manifests[other]] = [right, left];
  }
  return manifests.slice(0, size);
}

/** Numbers from 0 up to 1, always the same ones for a seed. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
