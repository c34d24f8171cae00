import { describe, expect, it } from "vitest";
import { addMs } from "../instant.ts";
import {
  childrenOf,
  closureOf,
  createHolds,
  deletedOf,
  digestsOf,
  evaluate,
  findOf,
  ordinary,
  subjectsOf,
} from "../testing/retention/hold.ts";
import { retentionOracle } from "../testing/retention/oracle.ts";
import { applyEvaluation, shuffled, strangeDigest } from "../testing/retention/random-retention.ts";
import { evaluateRetention } from "./evaluate-retention.ts";
import type { RetentionInventory, RetentionManifest } from "./inventory.ts";
import type { RetentionPolicy } from "./retention-policy.ts";

const holds = createHolds(process.env);

describe("the graph of every random registry", { timeout: 600_000 }, () => {
  it("agrees with the oracle", () => {
    holds((given) => {
      const { delete: deleted, untag } = evaluate(given);
      const oracle = retentionOracle(given.inventory, given.policy, given.now);
      expect(new Set(digestsOf(deleted))).toEqual(oracle.deleted);
      expect(new Set(untag.map(({ digest, tag }) => `${digest} ${tag}`))).toEqual(oracle.untagged);
    });
  });

  it("P0, P9: keep and delete are the inventory, and the order of the list changes nothing", () => {
    holds((given, choose) => {
      const evaluation = evaluate(given);
      const both = [...digestsOf(evaluation.keep), ...digestsOf(evaluation.delete)];
      expect(both.sort()).toEqual(given.inventory.manifests.map(({ descriptor }) => descriptor.digest).sort());
      const manifests = shuffled(given.inventory.manifests, choose).map((manifest) => {
        return { ...manifest, tags: shuffled(manifest.tags, choose) };
      });
      // Pages that moved while they were read: two manifests are listed twice, each time with a part of their tags.
      const some = manifests.slice(0, 2);
      const early = some.map((manifest) => ({ ...manifest, tags: manifest.tags.slice(0, 1) }));
      const late = some.map((manifest) => ({ ...manifest, tags: manifest.tags.slice(1) }));
      const twice = [...early, ...manifests.slice(2), ...late];
      const again = evaluate({ ...given, inventory: { ...given.inventory, manifests: twice } });
      const plain = (of: typeof again) => ({ ...of, delete: of.delete.map(({ manifest: _, ...rest }) => rest) });
      expect(plain(again)).toEqual(plain(evaluation));
    });
  });

  it("P1, P2, P12: what stays keeps its children, at any depth, and everything that is attached to it", () => {
    holds((given) => {
      const { keep, delete: deleted } = evaluate(given);
      const needed = closureOf(given.inventory, digestsOf(keep));
      for (const { digest } of deleted) expect(needed.has(digest)).toBe(false);
    });
  });

  it("P3: a protected tag stays on its digest", () => {
    holds((given) => {
      const selectors = given.policy.protect ?? [];
      const evaluation = evaluate(given);
      for (const manifest of given.inventory.manifests) {
        for (const tag of manifest.tags) {
          // Asked of a repository that holds nothing else.
          const alone = { manifests: [{ ...manifest, tags: [tag] }] };
          const [kept] = evaluateRetention(alone, { ...given.policy, rules: [], pins: [] }, given.now).keep;
          if (selectors.length === 0 || kept?.reasons[0].code !== "protected") continue;
          const found = evaluation.keep.find(({ digest }) => digest === manifest.descriptor.digest);
          expect(found?.tags).toContain(tag);
        }
      }
    });
  });

  it("P4, P6: no deleted manifest has a tag that stays, and only tags of what stays are removed", () => {
    holds((given) => {
      const evaluation = evaluate(given);
      const find = findOf(given.inventory);
      const kept = new Set(digestsOf(evaluation.keep));
      const isExpiry = ["expired", "label-due", "branch-deleted"];
      for (const { digest, reasons } of evaluation.delete) {
        const tags = ordinary(find(digest) as RetentionManifest);
        const expired = reasons.flatMap((reason) =>
          isExpiry.includes(reason.code) && "tag" in reason ? [reason.tag] : [],
        );
        if (tags.length > 0) expect(expired).toEqual(expect.arrayContaining(tags));
      }
      for (const { tag, digest, reasons } of evaluation.untag) {
        expect(kept.has(digest)).toBe(true);
        expect(find(digest)?.tags).toContain(tag);
        expect(isExpiry).toContain(reasons[0].code);
      }
    });
  });

  it("P5: what is pinned stays with all it needs, and a pinned tag stays where it is", () => {
    holds((given) => {
      const evaluation = evaluate(given);
      const pins = (given.policy.pins ?? []).filter((pin) => typeof pin === "string");
      const kept = new Set<string>(digestsOf(evaluation.keep));
      const present = given.inventory.manifests.filter(({ descriptor, tags }) => {
        return pins.includes(descriptor.digest) || tags.some((tag) => pins.includes(tag));
      });
      const needed = closureOf(
        given.inventory,
        present.map(({ descriptor }) => descriptor.digest),
      );
      for (const { descriptor } of given.inventory.manifests)
        if (needed.has(descriptor.digest)) expect(kept.has(descriptor.digest)).toBe(true);
      for (const { tag } of evaluation.untag) expect(pins).not.toContain(tag);
    });
  });

  it("P6: where the last tag takes the image along, one stays; where tags cannot go, none does", () => {
    holds((given) => {
      const last = evaluate({ ...given, inventory: { ...given.inventory, untagging: "not-the-last" } });
      const find = findOf(given.inventory);
      for (const { digest, tags } of last.keep) if (find(digest)?.tags.length !== 0) expect(tags).not.toEqual([]);
      const free = evaluate(given);
      expect(digestsOf(last.delete)).toEqual(digestsOf(free.delete));
      const none = evaluate({ ...given, inventory: { ...given.inventory, untagging: "unsupported" } });
      expect(none.untag).toEqual([]);
      expect(digestsOf(none.delete)).toEqual(digestsOf(free.delete));
    });
  });

  it("P8: a second clean-up finds nothing to do", () => {
    holds((given) => {
      const { untag: _, ...policy } = given.policy;
      const inventory = containersLast(given.inventory);
      const first = evaluate({ ...given, policy, inventory });
      const second = evaluate({ ...given, policy, inventory: applyEvaluation(inventory, first) });
      expect(digestsOf(second.delete)).toEqual([]);
      expect(second.untag).toEqual([]);
    });
  });

  it("P10, P11: more protection and more pins never delete more", () => {
    holds((given, choose) => {
      const before = deletedOf(given);
      const { protect = [], pins = [] } = given.policy;
      const manifest = given.inventory.manifests[choose(given.inventory.manifests.length)] as RetentionManifest;
      const tag = manifest.tags[0] ?? "latest";
      const more: readonly RetentionPolicy[] = [
        { ...given.policy, protect: [...protect, { pattern: tag.replaceAll(".", "\\.") }] },
        { ...given.policy, pins: [...pins, manifest.descriptor.digest] },
        { ...given.policy, pins: [...pins, tag] },
        { ...given.policy, pins: [...pins, ({ descriptor }) => (descriptor.size === 100 ? "all" : undefined)] },
      ];
      for (const policy of more) {
        for (const digest of deletedOf({ ...given, policy })) expect(before.has(digest)).toBe(true);
      }
    });
  });

  it("P18: every chain is true step by step and ends in a rule or a fact of its own", () => {
    holds((given) => {
      const evaluation = evaluate(given);
      const find = findOf(given.inventory);
      for (const { digest, reasons } of [...evaluation.keep, ...evaluation.delete]) {
        let at: string = digest;
        for (const reason of reasons) {
          if (reason.code === "child-of") {
            expect(childrenOf(find(reason.parent) as RetentionManifest)).toContain(at);
            at = reason.parent;
          } else if (reason.code === "referrer-of") {
            expect(subjectsOf(find(at) as RetentionManifest)).toContain(reason.subject);
            at = reason.subject;
          }
        }
        expect(["child-of", "referrer-of"]).not.toContain(reasons.at(-1)?.code);
        // The end of a chain is what that manifest says of itself.
        const [own] = [...evaluation.keep, ...evaluation.delete].filter((other) => other.digest === at);
        expect(own?.reasons.at(-1)).toEqual(reasons.at(-1));
      }
    });
  });

  it("A1, A10: a deletion carries the tags, parents and referrers that were seen", () => {
    holds((given) => {
      const find = findOf(given.inventory);
      for (const { digest, tags, parents, referrers } of evaluate(given).delete) {
        expect(tags).toEqual([...(find(digest)?.tags ?? [])].sort());
        const listed = given.inventory.manifests.filter((manifest) => childrenOf(manifest).includes(digest));
        expect([...parents].sort()).toEqual(listed.map(({ descriptor }) => descriptor.digest).sort());
        const attached = given.inventory.manifests.filter((manifest) => subjectsOf(manifest).includes(digest));
        expect([...(referrers ?? [])].sort()).toEqual(attached.map(({ descriptor }) => descriptor.digest).sort());
      }
    });
  });

  it("A2, A8: parents first, and whoever stops in between leaves no tag without its image", () => {
    holds((given) => {
      const { delete: deleted } = evaluate(given);
      const left = new Map(deleted.map((one) => [one.digest, one]));
      let inventory = given.inventory;
      while (left.size > 0) {
        const next = [...left.values()].find(({ parents }) => parents.every((parent) => !left.has(parent)));
        expect(next).toBeDefined();
        if (next === undefined) return;
        left.delete(next.digest);
        inventory = applyEvaluation(inventory, { delete: [next], untag: [] });
        expect(inventory.manifests.flatMap(childrenOf)).not.toContain(next.digest);
      }
    });
  });
});

/** Nobody pushes an index in the same instant as what it contains: where both times are equal, it is a little later. */
function containersLast(inventory: RetentionInventory): RetentionInventory {
  const find = findOf(inventory);
  const heightOf = (manifest: RetentionManifest): number =>
    Math.max(0, ...childrenOf(manifest).map((child) => 1 + heightOf(find(child) ?? leaf)));
  const manifests = inventory.manifests.map((manifest) => {
    const { pushedAt } = manifest;
    return pushedAt === undefined ? manifest : { ...manifest, pushedAt: addMs(pushedAt, heightOf(manifest)) };
  });
  return { ...inventory, manifests };
}

const leaf: RetentionManifest = {
  descriptor: { mediaType: "", digest: strangeDigest, size: 0 },
  tags: [],
  links: { state: "read", children: [] },
};
