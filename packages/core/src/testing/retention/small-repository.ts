import { addMs, type Instant, parseInstant } from "../../instant.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RetentionEvaluation } from "../../retention/evaluation.ts";
import type { RetentionInventory, RetentionManifest } from "../../retention/inventory.ts";
import { numberedDigest } from "./random-retention.ts";

/** When all examples are evaluated. */
export const now: Instant = parseInstant("2026-09-01T12:00:00Z");

/** An image of an example: how many days ago it was pushed (`null`: nobody knows), and what it is linked to, by name. */
export interface SmallImage {
  readonly tags?: readonly string[];
  readonly days?: number | null;
  readonly pulledDays?: number;
  readonly children?: readonly string[];
  readonly subject?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A repository of named images, to be read and asked by their names. */
export function smallRepository(images: Readonly<Record<string, SmallImage>>): {
  readonly inventory: RetentionInventory;
  digest(name: string): Digest;
  deleted(evaluation: RetentionEvaluation): readonly string[];
} {
  const names = Object.keys(images);
  const digest = (name: string) => {
    const place = names.indexOf(name);
    return numberedDigest(place < 0 ? 900 : place);
  };
  const manifests = Object.entries(images).map(([name, image]): RetentionManifest => {
    const { tags = [], days = 10, pulledDays, children = [], subject, labels } = image;
    return {
      descriptor: { mediaType: "", digest: digest(name), size: 0 },
      tags,
      links: {
        state: "read",
        children: children.map(digest),
        ...(subject !== undefined && { subject: digest(subject) }),
      },
      ...(days !== null && { pushedAt: daysAgo(days) }),
      ...(pulledDays !== undefined && { pulledAt: daysAgo(pulledDays) }),
      ...(labels && { labels }),
    };
  });
  return {
    inventory: { manifests },
    digest,
    deleted: ({ delete: gone }) => gone.map((one) => names.find((name) => digest(name) === one.digest) ?? "?").sort(),
  };
}

function daysAgo(days: number): Instant {
  return addMs(now, -days * 24 * 3600 * 1000);
}
