import { type Digest, isDigest } from "../oci/digest.ts";
import type { Pin } from "./retention-policy.ts";
import type { RetentionReason } from "./retention-reason.ts";
import type { SnapshotNode } from "./snapshot.ts";

/** Pins, ready to be asked. */
export interface Pins {
  /** Pinned tags, with where they are used. */
  readonly tags: ReadonlyMap<string, string | undefined>;
  /** Why the manifest is in use by its digest; `undefined` if it is not. */
  of(node: SnapshotNode): RetentionReason | undefined;
}

/** Reads pins. Of several for one digest or tag the first that says where it is used stands in reasons. */
export function readPins(pins: readonly Pin[]): Pins {
  const digests = new Map<string, string | undefined>();
  const tags = new Map<string, string | undefined>();
  const ask: Extract<Pin, (...given: never) => unknown>[] = [];
  for (const pin of pins) {
    if (typeof pin === "function") ask.push(pin);
    else if (typeof pin === "string") {
      const digest = pinnedDigest(pin);
      add(digest === undefined ? tags : digests, digest ?? pin, undefined);
    } else if ("digest" in pin) add(digests, pin.digest, pin.by);
    else add(tags, pin.tag, pin.by);
  }
  return {
    tags,
    of({ digest, manifest }) {
      if (digests.has(digest)) return pinned(digests.get(digest));
      for (const where of ask) {
        const by = where(manifest);
        if (by !== undefined) return pinned(by);
      }
      return undefined;
    },
  };
}

/** The digest that a pin is, or that its reference ends with, as `planPins` gives them. */
export function pinnedDigest(pin: string): Digest | undefined {
  const text = pin.slice(pin.lastIndexOf("@") + 1);
  return isDigest(text) ? text : undefined;
}

function add(to: Map<string, string | undefined>, name: string, by: string | undefined): void {
  if (to.get(name) === undefined) to.set(name, by);
}

function pinned(by: string | undefined): RetentionReason {
  return { code: "pinned", ...(by !== undefined && { by }) };
}
