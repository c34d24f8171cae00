import { type Instant, instantToMs } from "../../instant.ts";
import { parseDuration } from "../../retention/duration.ts";
import type { RetentionInventory, RetentionManifest } from "../../retention/inventory.ts";
import type { RetentionPolicy, RetentionRule, StreamPart, TagSelector } from "../../retention/retention-policy.ts";
import { createVersionScheme } from "../../version/create-version-scheme.ts";
import { branchTag, createSelectorFits } from "./selector-fits.ts";

/** What goes, said without a thought for speed. */
export interface OracleAnswer {
  readonly deleted: ReadonlySet<string>;
  /** `digest tag`. */
  readonly untagged: ReadonlySet<string>;
}

type Rule<Kind> = Extract<RetentionRule, { readonly kind: Kind }>;
type Limited = { readonly olderThan?: string; readonly keepLast?: number };

const scheme = createVersionScheme("docker");
const digestOf = (manifest: RetentionManifest) => manifest.descriptor.digest;
const subjectOf = (tag: string) => /^sha256-([0-9a-f]{64})(\.\w+)?$/.exec(tag)?.[1];
const ordinary = (manifest: RetentionManifest) => manifest.tags.filter((tag) => subjectOf(tag) === undefined);
const childrenOf = ({ links }: RetentionManifest) => (links.state === "read" ? links.children : []);

/** The same decisions as `evaluateRetention`, straight from the words of the specification, with loops over everything. */
export function retentionOracle(inventory: RetentionInventory, policy: RetentionPolicy, now: Instant): OracleAnswer {
  const all = inventory.manifests;
  const { rules = [], protect = [], pins = [], liveBranches = [] } = policy;
  const nowMs = instantToMs(now);
  const age = (manifest: RetentionManifest) =>
    manifest.pushedAt === undefined ? undefined : nowMs - instantToMs(manifest.pushedAt);
  const live = new Map(liveBranches.map((branch) => [branchTag(branch), branch]));
  const present = new Set(all.map(digestOf));
  const subjects = (manifest: RetentionManifest): readonly string[] => [
    ...(manifest.links.state === "read" && manifest.links.subject !== undefined ? [manifest.links.subject] : []),
    ...manifest.tags.flatMap((tag) => (subjectOf(tag) === undefined ? [] : [`sha256:${subjectOf(tag)}`])),
  ];

  const fits = createSelectorFits(liveBranches);
  const listOf = (given: TagSelector | readonly TagSelector[]): readonly TagSelector[] =>
    Array.isArray(given) ? given : [given as TagSelector];
  const isAbout = (rule: RetentionRule, tag: string): boolean => {
    if (!("match" in rule) || rule.match === undefined) return true;
    return listOf(rule.match).some((one) => fits(one, tag)) && !listOf(rule.except ?? []).some((one) => fits(one, tag));
  };
  const isProtected = (manifest: RetentionManifest) =>
    manifest.tags.some((tag) => protect.some((selector) => fits(selector, tag)));
  const label = (manifest: RetentionManifest) => manifest.labels?.["quay.expires-after"];
  const deletedBranch = policy.event?.refType === "branch" ? branchTag(policy.event.ref) : undefined;

  /** Whether the rule, in its place, is the one that decides the tag. */
  const decides = (rule: RetentionRule, tag: string, manifest: RetentionManifest): boolean => {
    if (rule.kind === "expire") return isAbout(rule, tag);
    if (rule.kind === "expire-label") return isAbout(rule, tag) && label(manifest) !== undefined;
    return rule.kind === "expire-deleted-branch" && tag === deletedBranch;
  };
  const isMentioned = (tag: string, manifest: RetentionManifest) =>
    rules.some((rule) => {
      if (rule.kind === "keep-live-branches") return live.has(tag);
      if (decides(rule, tag, manifest)) return true;
      return "match" in rule && rule.match !== undefined && isAbout(rule, tag);
    });
  const deciderOf = (tag: string, manifest: RetentionManifest): RetentionRule | undefined => {
    const decider = rules.find((rule) => decides(rule, tag, manifest));
    if (decider !== undefined) return decider;
    return isMentioned(tag, manifest) ? undefined : rules.find(({ kind }) => kind === "expire-unmatched");
  };
  const keepsNow = (rule: RetentionRule, manifest: RetentionManifest): boolean => {
    const old = age(manifest);
    if (rule.kind === "keep-newer") return old === undefined || old <= parseDuration(rule.than);
    if (rule.kind !== "keep-pulled" || manifest.pulledAt === undefined) return false;
    return nowMs - instantToMs(manifest.pulledAt) <= parseDuration(rule.within);
  };

  const streamOf = (rule: RetentionRule, tag: string): string | undefined => {
    const given = "per" in rule ? rule.per : undefined;
    const parts = given === undefined ? [] : ([given].flat() as readonly StreamPart[]);
    const keys = parts.map((part) => {
      if (part === "branch") {
        const owners = [...live].filter(([of]) => tag === of || tag.startsWith(`${of}-`));
        return owners.sort(([left], [right]) => right.length - left.length)[0]?.[1] ?? "";
      }
      const version = scheme.parse(tag);
      if (version === undefined) return undefined;
      const count = part === "line" ? 2 : part === "major" ? 1 : 0;
      return [version.release.slice(0, count).join("."), version.variant].join("/");
    });
    return keys.includes(undefined) ? undefined : keys.join(" ");
  };
  const spreadFrom = (
    manifest: RetentionManifest,
    isNext: (one: RetentionManifest, other: RetentionManifest) => boolean,
  ) => {
    const found = new Set<RetentionManifest>();
    const add = (one: RetentionManifest) => {
      for (const next of all.filter((other) => isNext(one, other) && !found.has(other))) add(found.add(next) && next);
    };
    add(manifest);
    return [...found];
  };
  const isChildOf = (one: RetentionManifest, other: RetentionManifest) => childrenOf(one).includes(digestOf(other));
  const below = (manifest: RetentionManifest) => spreadFrom(manifest, isChildOf);
  const needs = (from: RetentionManifest, to: RetentionManifest) =>
    isChildOf(from, to) || subjects(to).includes(digestOf(from));
  const belongingTo = (manifest: RetentionManifest) => spreadFrom(manifest, needs);

  /** The images that are among the newest of the tag's stream; `undefined` where it has none. */
  const newestOf = (rule: RetentionRule, keepLast: number, tag: string): ReadonlySet<RetentionManifest> | undefined => {
    const isByVersion = "by" in rule && rule.by === "version";
    const inStream = (other: string, manifest: RetentionManifest) => {
      const isOf = rule.kind === "keep-last" ? isAbout(rule, other) : deciderOf(other, manifest) === rule;
      return (
        isOf && streamOf(rule, other) === streamOf(rule, tag) && (!isByVersion || scheme.parse(other) !== undefined)
      );
    };
    if (streamOf(rule, tag) === undefined || (isByVersion && scheme.parse(tag) === undefined)) return undefined;
    const members = all.filter((manifest) => ordinary(manifest).some((other) => inStream(other, manifest)));
    const best = (manifest: RetentionManifest) => {
      const versions = ordinary(manifest).flatMap((other) =>
        inStream(other, manifest) ? [scheme.parse(other)].filter((version) => version !== undefined) : [],
      );
      return versions.sort(scheme.compare).at(-1);
    };
    const isNewer = (left: RetentionManifest, right: RetentionManifest): boolean => {
      const [one, other] = [best(left), best(right)];
      if (isByVersion && one !== undefined && other !== undefined) {
        const compared = scheme.compare(one, other);
        if (compared !== 0) return compared > 0;
      }
      const [here, there] = [age(left), age(right)];
      if (here !== there) return here !== undefined && (there === undefined || here < there);
      return digestOf(left) > digestOf(right);
    };
    const isOlder = (one: RetentionManifest, other: RetentionManifest) => {
      const [here, there] = [best(one), best(other)];
      if (isByVersion) return here !== undefined && there !== undefined && scheme.compare(here, there) < 0;
      return (age(one) ?? 0) > (age(other) ?? 0) && age(one) !== undefined;
    };
    // What is newer than all that contains it is an image for itself.
    const parts = members.filter((one) =>
      members.some((other) => other !== one && below(other).includes(one) && !isOlder(other, one)),
    );
    const units = members.filter((one) => !parts.includes(one));
    const isOrdered = (one: RetentionManifest) => isByVersion || age(one) !== undefined;
    const takers = units.filter((one) => isOrdered(one) && !isProtected(one) && subjects(one).length === 0);
    const newest = units.filter(
      (one) => !isOrdered(one) || takers.filter((other) => other !== one && isNewer(other, one)).length < keepLast,
    );
    const stays = parts.filter((one) => !isOrdered(one) || newest.some((unit) => below(unit).includes(one)));
    const attached = members.filter(
      (one) =>
        subjects(one).length > 0 &&
        (!isOrdered(one) || [...newest, ...stays].some((unit) => belongingTo(unit).includes(one))),
    );
    return new Set([...newest, ...stays, ...attached]);
  };

  const isOld = (manifest: RetentionManifest, olderThan: string) => {
    const old = age(manifest);
    return old !== undefined && old > parseDuration(olderThan);
  };
  const isExpiredBy = (rule: RetentionRule, tag: string, manifest: RetentionManifest): boolean => {
    if (rule.kind === "expire-deleted-branch") return !live.has(tag);
    if (rule.kind === "expire-label") {
      const value = label(manifest) ?? "";
      return /^\d+d$/.test(value) && isOld(manifest, value);
    }
    const { olderThan, keepLast } = rule as Limited;
    const newest = keepLast === undefined ? undefined : newestOf(rule, keepLast, tag);
    if (keepLast !== undefined && newest === undefined) return false;
    const isBeyond = keepLast === undefined || newest?.has(manifest) === false;
    if ((rule as Rule<"expire">).when === "either")
      return (olderThan !== undefined && isOld(manifest, olderThan)) || isBeyond;
    return isBeyond && (olderThan === undefined || isOld(manifest, olderThan));
  };
  const isExpired = (tag: string, manifest: RetentionManifest): boolean => {
    if (protect.some((selector) => fits(selector, tag)) || pins.includes(tag)) return false;
    const isKept = rules.some((rule) => {
      if (rule.kind === "keep-live-branches") return live.has(tag);
      if (!isAbout(rule, tag)) return false;
      if (rule.kind !== "keep-last") return keepsNow(rule, manifest);
      return newestOf(rule, rule.count, tag)?.has(manifest) !== false;
    });
    if (isKept) return false;
    const decider = deciderOf(tag, manifest);
    return decider !== undefined && isExpiredBy(decider, tag, manifest);
  };

  const isChild = (manifest: RetentionManifest) => all.some((other) => childrenOf(other).includes(digestOf(manifest)));
  const hasSubject = (manifest: RetentionManifest) =>
    subjects(manifest).some((subject) => present.has(subject as never));
  const isSafe = (manifest: RetentionManifest) =>
    isProtected(manifest) ||
    pins.includes(digestOf(manifest)) ||
    manifest.tags.some((tag) => pins.includes(tag)) ||
    ordinary(manifest).some((tag) => !isExpired(tag, manifest)) ||
    rules.some((rule) => "match" in rule === false && keepsNow(rule, manifest));
  const untaggedRule = rules.find((rule): rule is Rule<"expire-untagged"> => rule.kind === "expire-untagged");
  const topLevel = all.filter(
    (one) => !isSafe(one) && one.tags.length === 0 && subjects(one).length === 0 && !isChild(one),
  );
  const isTaken = (manifest: RetentionManifest): boolean => {
    if (untaggedRule === undefined || !topLevel.includes(manifest)) return false;
    const { olderThan, keepLast } = untaggedRule;
    if (olderThan !== undefined && !isOld(manifest, olderThan)) return false;
    if (keepLast === undefined) return true;
    const old = age(manifest);
    const newer = topLevel.filter((other) => {
      const there = age(other);
      if (old === undefined || there === undefined) return false;
      return there < old || (there === old && digestOf(other) > digestOf(manifest));
    });
    return old !== undefined && newer.length >= keepLast;
  };
  const wantsOrphans = rules.some(({ kind }) => kind === "expire-orphans");
  const isOrphan = (one: RetentionManifest) =>
    subjects(one).length > 0 && !hasSubject(one) && ordinary(one).length === 0;
  const isCandidate = (one: RetentionManifest) =>
    !isSafe(one) && (ordinary(one).length > 0 || isTaken(one) || (wantsOrphans && isOrphan(one)));
  // A root stays for a reason of its own; what is neither follows what it belongs to.
  const isRoot = (one: RetentionManifest) =>
    isSafe(one) || (!isCandidate(one) && (isOrphan(one) || topLevel.includes(one)));
  const going = new Set(all.filter(isCandidate));
  const spread = (from: () => readonly RetentionManifest[], step: (to: RetentionManifest) => boolean) => {
    for (let changed = true; changed; ) {
      changed = false;
      for (const to of all) if (from().some((one) => one !== to && needs(one, to)) && step(to)) changed = true;
    }
  };
  spread(
    () => [...going],
    (to) => !isRoot(to) && !going.has(to) && going.add(to).has(to),
  );
  spread(
    () => all.filter((one) => !going.has(one)),
    (to) => going.delete(to),
  );
  const { untag = "all" } = policy;
  const untagged = all.flatMap((manifest) => {
    if (going.has(manifest) || untag === "none" || (untag === "unprotected" && isProtected(manifest))) return [];
    return ordinary(manifest).flatMap((tag) => (isExpired(tag, manifest) ? [`${digestOf(manifest)} ${tag}`] : []));
  });
  return { deleted: new Set([...going].map(digestOf)), untagged: new Set(untagged) };
}
