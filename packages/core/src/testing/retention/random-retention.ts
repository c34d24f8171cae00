import { addMs, type Instant, parseInstant } from "../../instant.ts";
import { type Digest, digestOf, parseDigest } from "../../oci/digest.ts";
import { mediaTypes } from "../../oci/media-type.ts";
import type { RetentionInventory, RetentionManifest } from "../../retention/inventory.ts";
import type { Pin, RetentionPolicy, RetentionRule, TagSelector } from "../../retention/retention-policy.ts";

/** A number from 0 to one less than `below`. */
export type Choose = (below: number) => number;

/** A registry, a policy and a time, all small and full of ties. */
export interface RandomRetention {
  readonly inventory: RetentionInventory;
  readonly policy: RetentionPolicy;
  readonly now: Instant;
}

const now = parseInstant("2026-09-01T12:00:00Z");
const day = 24 * 3600 * 1000;
const names = [
  ...["main", "latest", "1.0", "1.0.1", "1.1", "1.1.0", "1.1.1", "1.2.0-rc1", "1.2.0-rc2", "1.1.0-alpine"],
  ...["sha-0000001", "sha-0000002", "sha-0000003", "sha-0000004", "sha-0000005", "sha-0000006"],
  ...["sha-0000001-amd64", "sha-0000002-amd64", "pr-1", "pr-2", "pr-3", "feat-x", "feat-y", "main-0000001"],
];
const endings = ["", ".sig", ".att", ".sbom"];

/** Takes choices from a list, and 0 when it is used up: a shorter list is a simpler registry. */
export function chooseFrom(tape: readonly number[]): Choose {
  let next = 0;
  return (below) => {
    const value = tape[next] ?? 0;
    next += 1;
    return below <= 1 ? 0 : value % below;
  };
}

/** Any registry with any policy: indexes of indexes, referrers of referrers, tags of every kind, absent children. */
export function randomRetention(choose: Choose): RandomRetention {
  const inventory = randomInventory(choose);
  return { inventory, policy: randomPolicy(choose, inventory), now };
}

/** The digest of the numbered manifest; those from 900 on are in no repository. */
export function numberedDigest(number: number): Digest {
  return digestOf(new TextEncoder().encode(`manifest ${number}`));
}

function randomInventory(choose: Choose): RetentionInventory {
  const count = 1 + choose(14);
  const digests = Array.from({ length: count }, (_, index) => numberedDigest(index));
  const anyDigest = () => digests[choose(count + 1)] ?? numberedDigest(900 + choose(2));
  const free = [...names];
  const used = new Set<string>();
  const manifests = digests.map((digest, index): RetentionManifest => {
    const tags: string[] = [];
    for (let left = [1, 1, 0, 2, 3, 0][choose(6)] ?? 0; left > 0 && free.length > 0; left -= 1)
      tags.push(...free.splice(choose(free.length), 1));
    if (choose(6) === 5) {
      const tag = `${anyDigest().replace(":", "-")}${endings[choose(4)] ?? ""}`;
      if (!used.has(tag)) tags.push(tag);
      used.add(tag);
    }
    const isIndex = choose(3) === 2;
    const children = isIndex ? childrenOf(index, { choose, digests }) : [];
    const subject = choose(4) === 3 ? anyDigest() : undefined;
    const pushed = choose(14);
    const pulled = choose(20);
    const label = ["1d", "5d", "nonsense"][choose(12)];
    return {
      descriptor: { mediaType: isIndex ? mediaTypes.ociIndex : mediaTypes.ociManifest, digest, size: 100 },
      tags,
      links: { state: "read", children, ...(subject !== undefined && subject !== digest && { subject }) },
      ...(pushed < 13 && { pushedAt: addMs(now, -pushed * day) }),
      ...(pulled < 5 && { pulledAt: addMs(now, -pulled * day) }),
      ...(label !== undefined && { labels: { "quay.expires-after": label } }),
    };
  });
  return { manifests: shuffled(manifests, choose) };
}

/** Content addressing makes cycles impossible: an index can only list what was there before it. */
function childrenOf(
  index: number,
  { choose, digests }: { readonly choose: Choose; readonly digests: readonly Digest[] },
): readonly Digest[] {
  return Array.from({ length: 1 + choose(3) }, () => digests[choose(index + 1)] ?? numberedDigest(900)).map((digest) =>
    digest === digests[index] ? numberedDigest(902) : digest,
  );
}

/** The same list in another order. */
export function shuffled<Item>(items: readonly Item[], choose: Choose): readonly Item[] {
  const left = [...items];
  return items.flatMap(() => left.splice(choose(left.length), 1));
}

const selectors: readonly TagSelector[] = [
  { pattern: "sha-.*" },
  { pattern: "pr-\\d+" },
  { any: true },
  "latest",
  { pattern: "(sha)-(\\d+)(-amd64)?" },
  { versions: "stable" },
  { versions: "prerelease" },
  { versions: "any", line: "1.1" },
  { versions: "stable", range: ">=1.1" },
  { branches: ["main", "feat/x"] },
  { branches: "live" },
  { pattern: "1\\.0|latest|sha256-.*" },
];

/** A protect list, rules, pins and facts; without guards. */
function randomPolicy(choose: Choose, inventory: RetentionInventory): RetentionPolicy {
  const pick = <Item>(items: readonly Item[]): Item => items[choose(items.length)] as Item;
  const rules = Array.from({ length: 1 + choose(4) }, () => randomRule(choose));
  const untagged = choose(3);
  const isOrphaned = choose(3) === 2;
  const pins = Array.from({ length: [0, 0, 0, 1, 2][choose(5)] ?? 0 }, (): Pin => {
    const manifest = pick(inventory.manifests);
    return choose(3) === 2 ? (manifest.tags[0] ?? "nothing") : manifest.descriptor.digest;
  });
  return {
    protect: Array.from({ length: [0, 0, 1, 2][choose(4)] ?? 0 }, () =>
      pick(selectors.filter((_, index) => index !== 2)),
    ),
    rules: [
      ...rules,
      ...(untagged === 0 ? [] : [{ kind: "expire-untagged", ...randomLimits(choose) } as const]),
      ...(isOrphaned ? [{ kind: "expire-orphans" } as const] : []),
      ...(choose(4) === 3 ? [{ kind: "expire-unmatched", ...randomLimits(choose) } as const] : []),
      ...(choose(2) === 1 ? [{ kind: "expire-deleted-branch" } as const] : []),
    ],
    pins,
    liveBranches: ["main", ...(choose(2) === 1 ? ["feat/y"] : []), ...(choose(3) === 2 ? ["feat-x"] : [])],
    ...(choose(3) === 2 && { event: { type: "delete", refType: "branch", ref: pick(["feat/x", "feat/y"]) } as const }),
    ...(choose(4) === 3 && { untag: pick(["unprotected", "none"] as const) }),
  };
}

function randomLimits(choose: Choose) {
  const which = choose(4);
  return {
    ...((which === 1 || which === 3) && { keepLast: choose(4) }),
    ...(which >= 2 && { olderThan: `${choose(8)}d` }),
  };
}

function randomRule(choose: Choose): RetentionRule {
  const pick = <Item>(items: readonly Item[]): Item => items[choose(items.length)] as Item;
  const match = pick(selectors);
  const except = choose(5) === 4 ? { except: pick(selectors.filter((_, index) => index !== 2)) } : {};
  const per = choose(3) === 2 ? { per: pick(["line", "major", "variant", "branch"] as const) } : {};
  const by = choose(4) === 3 ? { by: "version" as const } : {};
  const counting = { ...per, ...by };
  switch (choose(8)) {
    case 4:
      return { kind: "keep-last", count: 1 + choose(3), match, ...except, ...counting };
    case 5:
      return choose(2) === 1
        ? { kind: "keep-newer", than: `${choose(6)}d`, match }
        : { kind: "keep-pulled", within: `${choose(4)}d` };
    case 6:
      return { kind: "keep-live-branches" };
    case 7:
      return { kind: "expire-label" };
    default: {
      const limits = randomLimits(choose);
      const isBoth = limits.keepLast !== undefined && limits.olderThan !== undefined;
      const when = isBoth && choose(2) === 1 ? { when: "either" as const } : {};
      return { kind: "expire", match, ...except, ...limits, ...when, ...counting };
    }
  }
}

/** The repository after the plan was carried out. */
export function applyEvaluation(
  inventory: RetentionInventory,
  plan: {
    readonly delete: readonly { readonly digest: Digest }[];
    readonly untag: readonly { readonly digest: Digest; readonly tag: string }[];
  },
): RetentionInventory {
  const gone = new Set(plan.delete.map(({ digest }) => digest));
  const untagged = new Set(plan.untag.map(({ digest, tag }) => `${digest} ${tag}`));
  const manifests = inventory.manifests
    .filter(({ descriptor }) => !gone.has(descriptor.digest))
    .map((manifest) => ({
      ...manifest,
      tags: manifest.tags.filter((tag) => !untagged.has(`${manifest.descriptor.digest} ${tag}`)),
    }));
  return { ...inventory, manifests };
}

/** A digest that no random registry has. */
export const strangeDigest: Digest = parseDigest(`sha256:${"f".repeat(64)}`);
