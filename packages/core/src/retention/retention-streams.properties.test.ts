import { describe, expect, it } from "vitest";
import { addMs, instantToMs } from "../instant.ts";
import { createHolds, deletedOf, digestsOf, evaluate, ordinary } from "../testing/retention/hold.ts";
import type { Choose } from "../testing/retention/random-retention.ts";
import { numberedDigest, strangeDigest } from "../testing/retention/random-retention.ts";
import { evaluateRetention } from "./evaluate-retention.ts";
import type { RetentionManifest } from "./inventory.ts";
import type { RetentionPolicy, RetentionRule } from "./retention-policy.ts";

const holds = createHolds(process.env);
const day = 24 * 3600 * 1000;

/** Versions with their line and place in it, lowest first, as somebody would read them aloud. */
const lines: Readonly<Record<string, readonly string[]>> = {
  "1.0": ["1.0.0-rc1", "1.0.0", "1.0.9", "1.0.10"],
  "1.1": ["1.1.0-beta1", "1.1.0-rc2", "1.1.0-rc10"],
  "1.1 alpine": ["1.1.0-alpine", "1.1.1-alpine"],
  "2.0": ["2.0.0-rc1", "2.0.0"],
};
const versions = Object.values(lines).flat();
const lineOf = (tag: string) => Object.keys(lines).find((line) => lines[line]?.includes(tag)) ?? "";
const rankOf = (tag: string) => lines[lineOf(tag)]?.indexOf(tag) ?? -1;
const isPrerelease = (tag: string) => /-(?:rc|beta)/.test(tag);

describe("streams of every random registry", { timeout: 600_000 }, () => {
  it.each(["keep-last", "expire"] as const)("P15, P16: of each line exactly the newest stay (%s)", (kind) => {
    holds(({ now }, choose) => {
      const manifests = versionImages(choose, now);
      const count = 1 + choose(2);
      const by = choose(2) === 1 ? "version" : "pushed";
      const kindOf = (["any", "stable", "prerelease"] as const)[choose(3)] ?? "any";
      const match = { versions: kindOf };
      const rules: readonly RetentionRule[] =
        kind === "expire"
          ? [{ kind, match, keepLast: count, per: "line", by }]
          : [
              { kind, match, count, per: "line", by },
              { kind: "expire", match },
            ];
      const evaluation = evaluateRetention({ manifests }, { rules }, now);
      const isMeant = (tag: string) => kindOf === "any" || isPrerelease(tag) === (kindOf === "prerelease");
      const expected = Object.values(lines).flatMap((all) => {
        const tags = all.filter(isMeant);
        const images = manifests.filter((manifest) => manifest.tags.some((tag) => tags.includes(tag)));
        const best = ({ tags: own }: RetentionManifest) =>
          Math.max(...own.filter((tag) => tags.includes(tag)).map(rankOf));
        const newest = images
          .toSorted((left, right) => {
            const byTime = instantToMs(right.pushedAt ?? now) - instantToMs(left.pushedAt ?? now);
            const byDigest = left.descriptor.digest < right.descriptor.digest ? 1 : -1;
            return (by === "version" ? best(right) - best(left) : 0) || byTime || byDigest;
          })
          .slice(0, count);
        return newest.flatMap((manifest) => manifest.tags.filter((tag) => tags.includes(tag)));
      });
      const left = evaluation.keep.flatMap(({ tags }) => tags);
      const others = manifests.flatMap(({ tags }) => tags).filter((tag) => !isMeant(tag));
      expect([...left].sort()).toEqual([...expected, ...others].sort());
    });
  });

  it("P15: what belongs to an image uses no place: platforms, signatures, further tags, protected images", () => {
    holds(({ now }, choose) => {
      const count = 3 + choose(4);
      const keepLast = 1 + choose(3);
      const pushedAt = () => addMs(now, -choose(5) * day);
      const images = Array.from({ length: count }, (_, index): RetentionManifest => {
        return image(index, { tags: [`b-${index}`], pushedAt: pushedAt() });
      });
      const policy: RetentionPolicy = {
        protect: [{ pattern: "v\\d+" }],
        rules: [{ kind: "expire", match: { any: true }, keepLast }],
      };
      const plain = deletedOf({ inventory: { manifests: images }, policy, now });
      const more: RetentionManifest[] = [];
      const richer = images.map((manifest, index): RetentionManifest => {
        const at = manifest.pushedAt ?? now;
        const { digest } = manifest.descriptor;
        const place = 100 + index * 10;
        const isIndex = choose(2) === 1;
        // Pushed with their index or before it.
        if (isIndex) more.push(image(place, { tags: [`b-${index}-amd64`], pushedAt: addMs(at, -choose(2)) }));
        if (choose(2) === 1) {
          const tags = [`${digest.replace(":", "-")}${[".sig", ".att", ""][choose(3)]}`];
          more.push(image(place + 1, { tags, pushedAt: now }));
        }
        if (choose(3) === 2) {
          const tags = choose(2) === 1 ? [`b-${index}-sbom`] : [];
          more.push(image(place + 2, { tags, subject: digest, pushedAt: now }));
        }
        if (choose(4) === 3) more.push(image(place + 3, { tags: [`v${index}`, `b-${index}-x`], pushedAt: now }));
        const tags = choose(3) === 2 ? [...manifest.tags, `b-${index}-again`] : manifest.tags;
        const children = isIndex ? [numberedDigest(place), strangeDigest] : [];
        return { ...manifest, tags, links: { state: "read", children } };
      });
      const rich = deletedOf({ inventory: { manifests: [...more, ...richer] }, policy, now });
      const gone = images.map(({ descriptor }) => descriptor.digest).filter((digest) => rich.has(digest));
      expect(new Set(gone)).toEqual(plain);
    });
  });

  it("P7, P11: pulls only ever keep", () => {
    holds((given, choose) => {
      const pulled = { kind: "keep-pulled", within: "3d" } as const;
      // Half of them count, where what leaves the count would let its parts in.
      const isCounting = choose(2) === 1;
      const counting = { kind: "expire-unmatched", keepLast: 1 + choose(3) } as const;
      const rules = isCounting ? [pulled, counting] : [pulled, ...(given.policy.rules ?? [])];
      const policy = isCounting ? { rules } : { ...given.policy, rules };
      const inventory = isCounting ? { manifests: partedImages(choose, given.now) } : given.inventory;
      const manifests = inventory.manifests.map(({ pulledAt: _, ...rest }) => rest);
      const never = deletedOf({ ...given, policy, inventory: { ...inventory, manifests } });
      for (const digest of deletedOf({ ...given, policy, inventory })) expect(never.has(digest)).toBe(true);
    });
  });

  it("P7: what was pulled within the time stays, and all its tags; an unknown pull keeps nothing", () => {
    holds((given, choose) => {
      const days = choose(5);
      const rules = [
        { kind: "keep-pulled", within: `${days}d` },
        { kind: "expire", match: { any: true } },
      ] as const;
      const { keep, untag } = evaluate({ ...given, policy: { rules } });
      const kept = new Set(digestsOf(keep));
      for (const manifest of given.inventory.manifests) {
        const { pulledAt, descriptor } = manifest;
        const isPulled = pulledAt !== undefined && instantToMs(given.now) - instantToMs(pulledAt) <= days * day;
        if (isPulled) {
          expect(kept.has(descriptor.digest)).toBe(true);
          expect(untag.map(({ digest }) => digest)).not.toContain(descriptor.digest);
        }
      }
      const never = given.inventory.manifests.map(({ pulledAt: _, ...rest }) => rest);
      const left = evaluate({ ...given, inventory: { manifests: never }, policy: { rules } }).keep.flatMap(
        (one) => one.tags,
      );
      expect(left.filter((tag) => never.some((manifest) => ordinary(manifest).includes(tag)))).toEqual([]);
    });
  });
});

function image(
  number: number,
  facts: Partial<Pick<RetentionManifest, "tags" | "pushedAt">> & {
    readonly subject?: RetentionManifest["descriptor"]["digest"];
  },
): RetentionManifest {
  const { tags = [], pushedAt, subject } = facts;
  return {
    descriptor: { mediaType: "", digest: numberedDigest(number), size: 0 },
    tags,
    ...(pushedAt !== undefined && { pushedAt }),
    links: { state: "read", children: [], ...(subject !== undefined && { subject }) },
  };
}

/** Images with one, two or three versions each, pushed on few days. */
function versionImages(choose: Choose, now: Parameters<typeof addMs>[0]): readonly RetentionManifest[] {
  const free = [...versions];
  const manifests: RetentionManifest[] = [];
  for (let left = 2 + choose(8); left > 0 && free.length > 0; left -= 1) {
    const tags = Array.from({ length: 1 + choose(3) }, () => free.splice(choose(free.length), 1)).flat();
    manifests.push(image(manifests.length, { tags, pushedAt: addMs(now, -choose(4) * day) }));
  }
  return manifests;
}

/** Images of two parts each, which have tags of their own; some were pulled, some have no parts. */
function partedImages(choose: Choose, now: Parameters<typeof addMs>[0]): readonly RetentionManifest[] {
  return Array.from({ length: 2 + choose(4) }, (_, index) => {
    const pushedAt = addMs(now, -choose(6) * day);
    const parts = [1, 2].map((part) => image(index * 10 + part, { tags: [`b-${index}-${part}`], pushedAt }));
    const root = image(index * 10, { tags: [`b-${index}`], pushedAt });
    const isPulled = choose(3) === 2;
    if (choose(2) === 1) return [{ ...root, ...(isPulled && { pulledAt: now }) }];
    const children = parts.map(({ descriptor }) => descriptor.digest);
    return [...parts, { ...root, links: { state: "read" as const, children }, ...(isPulled && { pulledAt: now }) }];
  }).flat();
}
