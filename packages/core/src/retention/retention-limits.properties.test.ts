import { describe, expect, it } from "vitest";
import { addMs, instantToMs } from "../instant.ts";
import {
  childrenOf,
  closureOf,
  createHolds,
  deletedOf,
  digestsOf,
  evaluate,
  findOf,
  ordinary,
  subjectOf,
} from "../testing/retention/hold.ts";
import { strangeDigest } from "../testing/retention/random-retention.ts";
import { createSelectorFits } from "../testing/retention/selector-fits.ts";
import { evaluateRetention } from "./evaluate-retention.ts";
import type { RetentionInventory, RetentionManifest } from "./inventory.ts";
import type { RetentionPolicy } from "./retention-policy.ts";

const holds = createHolds(process.env);

describe("times, counts and guards of every random registry", { timeout: 600_000 }, () => {
  it("P7: an unknown push time expires nothing and uses no place", () => {
    holds((given) => {
      const isTimed = ({ kind }: { readonly kind: string }) => kind.startsWith("keep") || kind === "expire";
      const rules = (given.policy.rules ?? []).filter(isTimed).map((rule) => {
        if (rule.kind !== "expire") return rule;
        const { when: _, by: __, ...rest } = rule;
        return { ...rest, keepLast: rest.keepLast ?? 1 };
      });
      const policy = { ...given.policy, rules };
      const evaluation = evaluate({ ...given, policy });
      const find = findOf(given.inventory);
      for (const { digest, reasons } of evaluation.delete) {
        const isOwn = reasons[0].code === "expired";
        if (isOwn) expect(find(digest)?.pushedAt).toBeDefined();
      }
      for (const { digest } of evaluation.untag) expect(find(digest)?.pushedAt).toBeDefined();
      // Another image of unknown time takes nobody's place.
      const isNamed = given.inventory.manifests.some(({ tags }) => tags.includes("sha-0000009"));
      if (isNamed) return;
      const stranger: RetentionManifest = {
        descriptor: { mediaType: "", digest: strangeDigest, size: 0 },
        tags: ["sha-0000009"],
        links: { state: "read", children: [] },
      };
      const more = { ...given.inventory, manifests: [...given.inventory.manifests, stranger] };
      expect(deletedOf({ ...given, policy: withoutVersionOrder(policy), inventory: more })).toEqual(
        deletedOf({ ...given, policy: withoutVersionOrder(policy) }),
      );
    });
  });

  it("P13, A6: an incomplete list, an unreadable manifest or a tag on two stops everything", () => {
    holds((given, choose) => {
      const free = evaluate(given);
      const { manifests } = given.inventory;
      const unlucky = choose(manifests.length);
      const tagged = manifests.find(({ tags }) => tags.length > 0);
      const bad: readonly RetentionInventory[] = [
        { manifests, incomplete: { error: "INCOMPLETE" } },
        {
          manifests: manifests.map((manifest, index) =>
            index === unlucky ? { ...manifest, links: { state: "unreadable", error: "TIMEOUT" } } : manifest,
          ),
        },
        ...(tagged === undefined || manifests.length < 2
          ? []
          : [
              {
                manifests: manifests.map((manifest) =>
                  manifest === tagged
                    ? manifest
                    : { ...manifest, tags: [...manifest.tags, ...tagged.tags.slice(0, 1)] },
                ),
              },
            ]),
      ];
      for (const inventory of bad) {
        const evaluation = evaluate({ ...given, inventory });
        expect(evaluation.delete).toEqual([]);
        expect(evaluation.untag).toEqual([]);
        expect(evaluation.keep).toHaveLength(manifests.length);
        expect(evaluation.stopped).toHaveLength(1);
      }
      const refused = evaluate({ ...given, inventory: bad[0] as RetentionInventory }).refused;
      const whole = refused.filter(({ tag }) => tag === undefined);
      expect(digestsOf(whole)).toEqual(digestsOf(free.delete));
      expect(whole.every(({ reasons }) => reasons.length > 1)).toBe(true);
    });
  });

  it("P14, P19: guards keep enough tagged images, and stop what is too much", () => {
    holds((given, choose) => {
      const free = evaluate(given);
      const total = given.inventory.manifests.length;
      const keepTagged = 1 + choose(3);
      const guarded = evaluate({ ...given, policy: { ...given.policy, guards: { keepTagged } } });
      const candidates = given.inventory.manifests.filter((manifest) => ordinary(manifest).length > 0);
      const left = guarded.keep.filter(({ tags }) => tags.some((tag) => subjectOf(tag) === undefined));
      expect(left.length).toBeGreaterThanOrEqual(Math.min(keepTagged, candidates.length));
      const before = new Set(digestsOf(free.delete));
      for (const digest of digestsOf(guarded.delete)) expect(before.has(digest)).toBe(true);
      const close = Math.max(0, (100 * before.size) / total - 0.4);
      const limits = [{ count: choose(6) }, { percent: choose(101) }, { percent: close }];
      for (const maxDeletions of limits) {
        const { delete: deleted } = evaluate({ ...given, policy: { ...given.policy, guards: { maxDeletions } } });
        const isTooMuch =
          "count" in maxDeletions
            ? before.size > maxDeletions.count
            : before.size > (maxDeletions.percent / 100) * total + 1e-9;
        expect(deleted.length).toBe(isTooMuch ? 0 : before.size);
      }
      const full = evaluate({ ...given, policy: { ...given.policy, guards: { neverEmpty: true } } });
      expect(full.keep).not.toEqual([]);
    });
  });

  it("P15, P16: exactly the last N images stay, whatever they contain and carry", () => {
    holds((given, choose) => {
      const keepLast = choose(5);
      const manifests = given.inventory.manifests.map((manifest) => ({
        ...manifest,
        pushedAt: addMs(given.now, -3 * 24 * 3600 * 1000 * choose(2)),
        tags: manifest.tags.filter((tag) => subjectOf(tag) === undefined),
        // What an index without a tag contains stays with it, and is not what is asked here.
        links: { state: "read", children: ordinary(manifest).length > 0 ? childrenOf(manifest) : [] } as const,
      }));
      const policy: RetentionPolicy = { rules: [{ kind: "expire", match: { any: true }, keepLast }] };
      const evaluation = evaluateRetention({ manifests }, policy, given.now);
      const tagged = manifests.filter(({ tags }) => tags.length > 0);
      // An image that another one contains, which is not older, is a part of it.
      const contained = new Set(
        tagged.flatMap(({ descriptor, pushedAt }) => {
          const below = [...closureOf({ manifests }, [descriptor.digest])].filter((of) => of !== descriptor.digest);
          return below.filter((of) => tagged.some((one) => one.descriptor.digest === of && one.pushedAt <= pushedAt));
        }),
      );
      const images = tagged.filter(({ descriptor }) => !contained.has(descriptor.digest));
      const newest = [...images]
        .sort((left, right) => {
          const byTime = instantToMs(right.pushedAt) - instantToMs(left.pushedAt);
          return byTime === 0 ? (left.descriptor.digest < right.descriptor.digest ? 1 : -1) : byTime;
        })
        .slice(0, keepLast)
        .map(({ descriptor }) => descriptor.digest as string);
      const kept = new Set<string>(digestsOf(evaluation.keep));
      const live = images.map(({ descriptor }) => descriptor.digest).filter((digest) => kept.has(digest));
      expect(live.sort()).toEqual(newest.sort());
    });
  });

  it("P17: what is exactly as old as the limit stays, a millisecond more and it goes", () => {
    holds((given, choose) => {
      const days = choose(9);
      const manifests = given.inventory.manifests.map((manifest) => ({
        ...manifest,
        tags: [`t${manifest.descriptor.digest.slice(7, 20)}`],
        pushedAt: addMs(given.now, -days * 24 * 3600 * 1000),
        links: { state: "read", children: [] } as const,
      }));
      const policy: RetentionPolicy = { rules: [{ kind: "expire", match: { any: true }, olderThan: `${days}d` }] };
      expect(evaluateRetention({ manifests }, policy, given.now).delete).toEqual([]);
      expect(evaluateRetention({ manifests }, policy, addMs(given.now, 1)).keep).toEqual([]);
    });
  });

  it("P21: only a deleted branch cleans, and never the tag of a live one; a deleted Git tag cleans nothing", () => {
    holds((given) => {
      const rules = [{ kind: "expire-deleted-branch" } as const];
      const { liveBranches = [], pins = [], protect = [] } = given.policy;
      const facts = { rules, pins, protect };
      const live = new Set(liveBranches.map((branch) => branch.replaceAll("/", "-")));
      for (const ref of ["feat/x", "feat/y", "main"]) {
        const event = { type: "delete", refType: "branch", ref } as const;
        const { delete: deleted, untag } = evaluate({ ...given, policy: { ...facts, liveBranches, event } });
        const tag = ref.replaceAll("/", "-");
        const isSafe = protect.some((selector) => createSelectorFits(liveBranches)(selector, tag));
        if (isSafe) expect([...deleted, ...untag]).toEqual([]);
        for (const gone of untag) expect(gone.tag).toBe(tag);
        for (const gone of deleted.filter(({ tags }) => tags.length > 0)) {
          const ordinaryTags = gone.tags.filter((of) => subjectOf(of) === undefined);
          if (ordinaryTags.length > 0) expect(ordinaryTags).toEqual([tag]);
        }
        if (live.has(tag)) expect([...deleted, ...untag]).toEqual([]);
        // Nobody said which branches there are.
        expect(evaluate({ ...given, policy: { ...facts, event } }).delete).toEqual([]);
      }
      const event = { type: "delete", refType: "tag", ref: "pr-1" } as const;
      const { delete: deleted, untag } = evaluate({ ...given, policy: { ...given.policy, event } });
      expect([...deleted, ...untag]).toEqual([]);
    });
  });

  it("lists without untagged manifests: nothing is deleted by digest unless the registry guards itself", () => {
    holds((given) => {
      const manifests = given.inventory.manifests.filter(({ tags }) => tags.length > 0);
      const tagged = evaluate({ ...given, inventory: { manifests, covers: "tagged" } });
      expect(tagged.delete).toEqual([]);
      const rules = (given.policy.rules ?? []).filter(({ kind }) => kind !== "expire-orphans");
      const guarded = evaluate({ ...given, inventory: { manifests, covers: "tagged", refusesReferenced: true } });
      const full = evaluate({ ...given, inventory: { manifests }, policy: { ...given.policy, rules } });
      expect(digestsOf(guarded.delete)).toEqual(digestsOf(full.delete));
      const refused = tagged.refused.filter(({ tag }) => tag === undefined);
      expect(digestsOf(refused)).toEqual(digestsOf(guarded.delete));
    });
  });

  it("in flight: nothing younger than the delay goes or loses a tag, nor what it needs", () => {
    holds((given, choose) => {
      const days = choose(8);
      const policy = { ...given.policy, guards: { delay: `${days}d` } };
      const { delete: deleted, untag } = evaluate({ ...given, policy });
      const find = findOf(given.inventory);
      const fresh = given.inventory.manifests.filter(({ pushedAt }) => {
        return pushedAt === undefined || instantToMs(given.now) - instantToMs(pushedAt) <= days * 24 * 3600 * 1000;
      });
      const safe = closureOf(
        given.inventory,
        fresh.map(({ descriptor }) => descriptor.digest),
      );
      for (const { digest } of deleted) expect(safe.has(digest)).toBe(false);
      for (const { digest } of untag) expect(fresh).not.toContain(find(digest));
    });
  });
});

function withoutVersionOrder(policy: RetentionPolicy): RetentionPolicy {
  const rules = (policy.rules ?? []).map((rule) => {
    if (rule.kind !== "keep-last" && rule.kind !== "expire") return rule;
    const { by: _, ...rest } = rule;
    return rest;
  });
  return { ...policy, rules };
}
