import type { RetentionPolicy, RetentionRule, TagSelector } from "@bayplan/core";
import { foundAnywhere } from "./found-anywhere.ts";
import { secondsText } from "./seconds-text.ts";
import { simulateZot } from "./simulate-zot.ts";
import type { ImportedRetention, RetentionWarning } from "./simulation.ts";
import { readZotRetention, type ZotConfig, type ZotKeepTags, type ZotLimits } from "./zot-retention-schema.ts";

/** Which zot is meant. */
export interface ZotRetentionOptions {
  /** The repository, without the host: the first policy with a glob that fits it counts. */
  readonly repository: string;
  /** Whether zot keeps its database of pushes and pulls (it does if search or the UI is on). Default true. */
  readonly hasDatabase?: boolean;
}

/**
 * Understands the section `storage.retention` of a zot configuration, for one repository.
 *
 * Without a policy for the repository all tags stay, and untagged manifests go all the same. zot counts tags, the policy
 * images; it leaves indexes alone of which nothing is left, and never empties a repository.
 *
 * @throws BayplanError `INVALID_INPUT` with everything for which zot does not start.
 * @see https://zotregistry.dev/latest/articles/retention/
 */
export function fromZotRetention(
  retention: unknown,
  { repository, hasDatabase = true }: ZotRetentionOptions,
): ImportedRetention {
  const config = readZotRetention(retention, repository);
  return {
    simulate: (inventory, now) => simulateZot(config, inventory, { now, hasDatabase }),
    policy: policyOf(config, hasDatabase),
    warnings: warningsOf(config, hasDatabase),
  };
}

function warningsOf(config: ZotConfig, hasDatabase: boolean): readonly RetentionWarning[] {
  const { keepTags, keepUntagged } = config;
  const warnings: RetentionWarning[] = [];
  const warn = (code: RetentionWarning["code"], detail: string) => warnings.push({ code, detail });
  if (!config.isCovered) warn("no-effect", "No policy is about the repository; untagged manifests go by default.");
  const all = keepTags.findIndex(({ patterns }) => patterns.length === 0 || patterns.includes(".*"));
  if (keepTags.length > 0 && all < 0) warn("unmatched-deleted", "Tags that no entry of keepTags fits are deleted.");
  if (all >= 0 && all < keepTags.length - 1) {
    warn("no-effect", `keepTags[${all}] fits every tag; the entries after it decide nothing.`);
  }
  if (!hasDatabase && keepTags.some(isLimited)) {
    warn("no-effect", "Without its database zot keeps every tag that a pattern fits, whatever the limits say.");
  }
  if ([...keepTags, ...(keepUntagged === undefined ? [] : [keepUntagged])].some(({ pulledCount }) => pulledCount)) {
    warn("not-expressible", "Most recently pulled images are not counted by the policy; it keeps all that fit.");
  }
  return warnings;
}

function isLimited({ pulledWithinMs, pushedWithinMs, pulledCount, pushedCount }: ZotLimits): boolean {
  return [pulledWithinMs, pushedWithinMs, pulledCount, pushedCount].some((limit) => limit !== undefined);
}

function policyOf(config: ZotConfig, hasDatabase: boolean): RetentionPolicy {
  const { keepTags, keepUntagged, delayMs } = config;
  const protect: TagSelector[] = [];
  const rules: RetentionRule[] = [];
  for (const [index, entry] of keepTags.entries()) {
    const match = selectorsOf(entry);
    // An entry without limits keeps all that it fits, and so does one that cannot be said.
    if (!hasDatabase || !isLimited(entry) || entry.pulledCount !== undefined) {
      protect.push(...match);
      continue;
    }
    const name = `keepTags[${index}]`;
    const { pulledWithinMs, pushedCount } = entry;
    if (pulledWithinMs !== undefined && pulledWithinMs > 0) {
      rules.push({ kind: "keep-pulled", name: `${name} (pulled)`, match, within: secondsText(pulledWithinMs) });
    }
    rules.push({
      kind: "expire",
      name,
      match,
      ...ageOf(entry),
      ...(pushedCount !== undefined && { keepLast: pushedCount }),
    });
  }
  if (keepTags.length > 0) rules.push({ kind: "expire-unmatched", name: "keepTags" });
  const limits = hasDatabase ? keepUntagged : undefined;
  if (config.deleteUntagged && limits?.pulledCount === undefined) {
    if (limits?.pulledWithinMs !== undefined && limits.pulledWithinMs > 0) {
      rules.push({ kind: "keep-pulled", name: "keepUntagged", within: secondsText(limits.pulledWithinMs) });
    }
    const count = limits?.pushedCount === undefined ? {} : { keepLast: limits.pushedCount };
    rules.push({ kind: "expire-untagged", name: "deleteUntagged", ...(limits && ageOf(limits)), ...count });
  }
  if (config.deleteReferrers) rules.push({ kind: "expire-orphans", name: "deleteReferrers" });
  return {
    protect,
    rules,
    untag: "all",
    guards: { neverEmpty: true, ...(delayMs > 0 && { delay: secondsText(delayMs) }) },
  };
}

/** A pull keeps no more than a push of the same time does. */
function ageOf({ pulledWithinMs = 0, pushedWithinMs = 0 }: ZotLimits): { readonly olderThan?: string } {
  const longest = Math.max(pulledWithinMs, pushedWithinMs);
  return longest > 0 ? { olderThan: secondsText(longest) } : {};
}

function selectorsOf({ patterns }: ZotKeepTags): readonly TagSelector[] {
  return patterns.length === 0 ? [{ any: true }] : patterns.flatMap((source) => foundAnywhere(source) ?? []);
}
