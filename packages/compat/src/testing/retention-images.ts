import { addMs, type Digest, digestOf, type Instant, isBayplanError, type Problem, parseInstant } from "@bayplan/core";
import type { SimulatedInventory, SimulatedManifest } from "../retention/simulated-inventory.ts";

/** When everything is simulated. */
export const now: Instant = parseInstant("2026-06-15T12:00:00Z");
const day = 24 * 3600 * 1000;

/** An image, by labels. */
export interface TestImage extends Pick<SimulatedManifest, "harborLabels" | "storageClass" | "hasStatistics"> {
  readonly tags?: readonly string[];
  /** Days before {@link now}; `null` is unknown. Default 100. */
  readonly age?: number | null;
  readonly pulled?: number;
  readonly archived?: number;
  readonly activated?: number;
  /** Labels of what it lists; makes it an index. */
  readonly children?: readonly string[];
  readonly subject?: string;
  readonly isUnreadable?: boolean;
}

/** The digest that stands for a label. */
export function digest(label: string): Digest {
  return digestOf(new TextEncoder().encode(label));
}

/** The tag that cosign gives to what is attached to the image. */
export function attachedTag(label: string, ending = ".sig"): string {
  return `${digest(label).replace(":", "-")}${ending}`;
}

/** A repository, listed in the order of its labels. */
export function repository(
  images: Readonly<Record<string, TestImage>>,
  more: Partial<SimulatedInventory> = {},
): SimulatedInventory {
  return { manifests: Object.entries(images).map(([label, image]) => manifestOf(label, image)), ...more };
}

function manifestOf(label: string, image: TestImage): SimulatedManifest {
  const { tags = [], age = 100, pulled, archived, activated, children, subject, isUnreadable, ...facts } = image;
  const mediaType = `application/vnd.oci.image.${children === undefined ? "manifest" : "index"}.v1+json`;
  return {
    descriptor: { mediaType, digest: digest(label), size: 1 },
    tags,
    links: isUnreadable
      ? { state: "unreadable", error: "UNAVAILABLE" }
      : {
          state: "read",
          children: (children ?? []).map(digest),
          ...(subject !== undefined && { subject: digest(subject) }),
        },
    ...(age !== null && { pushedAt: addMs(now, -age * day) }),
    ...(pulled !== undefined && { pulledAt: addMs(now, -pulled * day) }),
    ...(archived !== undefined && { archivedAt: addMs(now, -archived * day) }),
    ...(activated !== undefined && { lastActivatedAt: addMs(now, -activated * day) }),
    ...facts,
  };
}

/** The labels of digests, sorted. */
export function labels(digests: readonly Digest[], images: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(images)
    .filter((label) => digests.includes(digest(label)))
    .sort();
}

/** What is refused: the code, and where. */
export function refusal(act: () => unknown): { readonly code: string; readonly problems: readonly Problem[] } {
  try {
    act();
  } catch (error) {
    if (isBayplanError(error)) return { code: error.code, problems: error.problems };
    throw error;
  }
  throw new Error("nothing was refused");
}
