import { comparePlain, satisfiesPlain } from "./plain-order.ts";
import { readTail } from "./read-tail.ts";
import { releasePart } from "./release-part.ts";
import type { VersionScheme } from "./version-scheme.ts";

const pattern = /^(v?)(\d{1,18}(?:\.\d{1,18}){0,4})(.*)$/i;

/**
 * Releases that say themselves whether they are supported for long: `17.3 LTS`, `17.3-lts`, `17.3 LTS ML` (variant
 * `ml`), `18.0`. LTS is a mark, not a variant, so `18.0` comes after `17.3 LTS`.
 */
export const ltsScheme: VersionScheme = {
  name: "lts",
  precision: "longest",
  parse(raw) {
    const [, prefix = "", numbers, rest = ""] = pattern.exec(raw.length > 256 ? "" : raw) ?? [];
    // `22.04.5 LTS (Jammy Jellyfish)`: a name in brackets tells nothing more.
    const tail = numbers === undefined ? undefined : readTail(rest.replace(/ \([^()]{1,64}\)$/, ""));
    if (numbers === undefined || tail === undefined) return undefined;
    const release = numbers.split(".").map(releasePart);
    const variant = tail.variant.toLowerCase();
    return { raw, release, ...tail, variant, ...(prefix === "" ? {} : { prefix }) };
  },
  compare: comparePlain,
  isStable: (version) => version.prerelease.length === 0,
  satisfies: (version, range) => satisfiesPlain(version, range, ltsScheme),
  // Upstream writes `ML`, tags write `ml`: one variant, whichever is asked for.
  withVariant: (version, variant) => (variant.toLowerCase() === version.variant ? version : undefined),
};
