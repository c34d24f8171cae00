import { describe, expect, it } from "vitest";
import { instantToMs } from "../instant.ts";
import { createHolds, digestsOf, evaluate, findOf, ordinary, subjectsOf } from "../testing/retention/hold.ts";
import type { RandomRetention } from "../testing/retention/random-retention.ts";
import { branchTag, createSelectorFits } from "../testing/retention/selector-fits.ts";
import { parseDuration } from "./duration.ts";
import { evaluateRetention } from "./evaluate-retention.ts";
import type { RetentionManifest } from "./inventory.ts";
import type { RetentionPolicy, RetentionRule, TagSelector } from "./retention-policy.ts";
import type { RetentionReason } from "./retention-reason.ts";

const holds = createHolds(process.env);
const expiries = ["expired", "label-due", "branch-deleted", "orphan"];

describe("reports of every random registry", { timeout: 600_000 }, () => {
  it("P18: the end of every chain is true of the manifest it is said of", () => {
    holds((given) => {
      const { keep, delete: deleted, untag } = evaluate(given);
      const find = findOf(given.inventory);
      for (const [list, isGoing] of [
        [keep, false],
        [deleted, true],
        [untag, true],
      ] as const) {
        for (const { digest, reasons } of list) {
          let at: string = digest;
          for (const reason of reasons) {
            if (reason.code === "child-of") at = reason.parent;
            else if (reason.code === "referrer-of") at = reason.subject;
            else {
              expect(expiries.includes(reason.code)).toBe(isGoing);
              expect([reason, isTrue(reason, find(at) as RetentionManifest, given)]).toEqual([reason, true]);
            }
          }
        }
      }
    });
  });

  it("P19: exactly the selectors that fit no tag are reported", () => {
    holds((given) => {
      const { protect = [], rules = [], liveBranches = [] } = given.policy;
      const fits = createSelectorFits(liveBranches);
      const all = given.inventory.manifests.flatMap(({ tags }) => tags);
      const own = given.inventory.manifests.flatMap(ordinary);
      const idle = protect.flatMap((selector, index) =>
        all.some((tag) => fits(selector, tag)) ? [] : [`protect[${index}]`],
      );
      for (const [index, rule] of rules.entries()) {
        if (!("match" in rule) || rule.match === undefined) continue;
        const { match, except } = rule;
        const matched = own.filter((tag) => [match].flat().some((selector) => fits(selector, tag)));
        if (matched.length === 0) idle.push(`rules[${index}].match`);
        if (except !== undefined && !matched.some((tag) => [except].flat().some((selector) => fits(selector, tag))))
          idle.push(`rules[${index}].except`);
      }
      const notices = evaluate(given).notices.filter(({ code }) => code === "matched-nothing");
      expect(notices.map(({ path }) => path).sort()).toEqual(idle.sort());
    });
  });

  it("P19: what would empty the repository or is too much needs its guard changed, and is listed as refused", () => {
    holds((given) => {
      // Everything goes that is not protected: often all there is.
      const policy: RetentionPolicy = {
        ...given.policy,
        pins: [],
        rules: [{ kind: "expire", match: { any: true } }, { kind: "expire-untagged" }, { kind: "expire-orphans" }],
      };
      const free = evaluate({ ...given, policy });
      const [gone, total] = [free.delete.length, given.inventory.manifests.length];
      const strict = { maxDeletions: { count: Math.max(0, gone - 1) }, neverEmpty: true };
      for (const guards of [
        strict,
        { neverEmpty: true },
        { maxDeletions: { percent: (100 * (gone - 0.5)) / total } },
      ]) {
        if (gone === 0) continue;
        const isStopped = guards.maxDeletions !== undefined || gone === total;
        const guarded = evaluate({ ...given, policy: { ...policy, guards } });
        expect(guarded.stopped.length > 0).toBe(isStopped);
        expect(digestsOf(guarded.delete)).toEqual(isStopped ? [] : digestsOf(free.delete));
        if (!isStopped) continue;
        expect(guarded.untag).toEqual([]);
        expect(guarded.keep.flatMap(({ tags }) => tags).sort()).toEqual(
          given.inventory.manifests.flatMap(({ tags }) => tags).sort(),
        );
        const whole = guarded.refused.filter(({ tag }) => tag === undefined);
        expect(digestsOf(whole)).toEqual(digestsOf(free.delete));
        expect(guarded.refused.filter(({ tag }) => tag !== undefined).map(({ tag }) => tag)).toEqual(
          free.untag.map(({ tag }) => tag),
        );
        // The override, in words: as many as these, and all of them.
        const override = { maxDeletions: { count: gone, percent: 100 }, neverEmpty: false };
        expect(evaluate({ ...given, policy: { ...policy, guards: override } })).toEqual(free);
      }
    });
  });

  it("P20: the same question has the same answer, and nothing of the question is changed", () => {
    holds((given) => {
      const frozen = deepFreeze(given);
      const first = evaluate(frozen);
      expect(evaluate(frozen)).toEqual(first);
      expect(evaluateRetention(JSON.parse(JSON.stringify(given.inventory)), given.policy, given.now)).toEqual(first);
    });
  });

  it("P21: a scheduled run with the list of branches takes no tag of a live one, and without the list nothing", () => {
    holds((given) => {
      const branches = ["main", "feat/x", "feat/y", "feat-x"];
      const rules: readonly RetentionRule[] = [{ kind: "keep-live-branches" }, { kind: "expire", match: { branches } }];
      const { liveBranches = [], protect = [] } = given.policy;
      const live = new Set(liveBranches.map(branchTag));
      const { delete: deleted, untag } = evaluate({ ...given, policy: { rules, protect, liveBranches } });
      const gone = [...untag.map(({ tag }) => tag), ...deleted.flatMap(({ manifest }) => ordinary(manifest))];
      const fits = createSelectorFits(liveBranches);
      for (const tag of gone) {
        expect(branches.map(branchTag)).toContain(tag);
        expect(live.has(tag)).toBe(false);
        expect(protect.some((selector) => fits(selector, tag))).toBe(false);
      }
      const blind = evaluate({ ...given, policy: { rules, protect } });
      expect([blind.delete, blind.untag]).toEqual([[], []]);
      expect(blind.stopped.map(({ code }) => code)).toContain("live-branches-unknown");
    });
  });
});

/** Whether the manifest really is what the reason says of it. */
function isTrue(
  reason: RetentionReason,
  manifest: RetentionManifest,
  { inventory, policy, now }: RandomRetention,
): boolean {
  const { rules = [], protect = [], pins = [], liveBranches = [] } = policy;
  const { pushedAt, pulledAt, labels = {}, descriptor } = manifest;
  const ageMs = pushedAt === undefined ? undefined : instantToMs(now) - instantToMs(pushedAt);
  const ruleOf = (label: string) => rules.find((_, index) => label === `rules[${index}]`);
  const isOlder = (limit: string) => ageMs !== undefined && ageMs > parseDuration(limit);
  if ("tag" in reason && reason.tag !== undefined && !manifest.tags.includes(reason.tag)) return false;
  switch (reason.code) {
    case "protected":
      return protect.some((selector) => createSelectorFits(liveBranches)(selector, reason.tag));
    case "pinned":
      return pins.includes(reason.tag ?? descriptor.digest);
    case "young-enough":
      return ageMs !== undefined && !isOlder(reason.limit);
    case "newest":
      return ageMs !== undefined || "by" in (ruleOf(reason.rule) ?? {});
    case "pulled":
      return pulledAt === reason.at;
    case "date-unknown":
      return pushedAt === undefined;
    case "live-branch":
      return liveBranches.includes(reason.branch) && branchTag(reason.branch) === reason.tag;
    case "label-not-due":
      return labels["quay.expires-after"] === reason.value && !(/^\d+d$/.test(reason.value) && isOlder(reason.value));
    case "label-due":
      return labels["quay.expires-after"] === reason.value && isOlder(reason.value);
    case "branch-deleted":
      return branchTag(policy.event?.ref ?? "") === reason.tag && !liveBranches.map(branchTag).includes(reason.tag);
    case "subject-missing":
    case "orphan":
      return (
        subjectsOf(manifest).includes(reason.subject) &&
        !inventory.manifests.some(({ descriptor: other }) => other.digest === reason.subject)
      );
    case "expired": {
      const rule = ruleOf(reason.rule);
      if (rule === undefined || !rule.kind.startsWith("expire")) return false;
      const isEither = "when" in rule && rule.when === "either";
      if ("match" in rule && rule.match !== undefined && reason.tag !== undefined) {
        const fits = createSelectorFits(liveBranches);
        const isMeant = [rule.match].flat().some((selector) => fits(selector, reason.tag ?? ""));
        const isExcepted = [rule.except ?? []].flat().some((selector) => fits(selector, reason.tag ?? ""));
        if (!isMeant || isExcepted) return false;
        // The first that is about the tag decides.
        const place = rules.indexOf(rule);
        const isAbout = (one: RetentionRule) => {
          if (one.kind !== "expire") return false;
          const [match, except] = [[one.match].flat(), [one.except ?? []].flat()];
          const fitsOne = (selector: TagSelector) => fits(selector, reason.tag ?? "");
          return match.some(fitsOne) && !except.some(fitsOne);
        };
        if (rules.slice(0, place).some(isAbout)) return false;
      }
      return isEither || reason.olderThan === undefined || isOlder(reason.olderThan);
    }
    default:
      return true;
  }
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
