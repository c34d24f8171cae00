import type { Pin, RetentionPolicy, RetentionRule, TagSelector } from "@bayplan/core";
import { foundAnywhere } from "./found-anywhere.ts";
import { type GhcrCleanupConfig, type GhcrSelection, readGhcrCleanupInputs } from "./ghcr-cleanup-inputs.ts";
import { secondsText } from "./seconds-text.ts";
import { simulateGhcrCleanup } from "./simulate-ghcr-cleanup.ts";
import type { ImportedRetention, RetentionWarning } from "./simulation.ts";
import { wildcardListSource } from "./wildcard-list.ts";

/**
 * Understands the inputs of `dataaxiom/ghcr-cleanup-action`, as they stand under `with:`. What an input means for which
 * package is not part of it: a simulation is of one package.
 *
 * @throws BayplanError `INVALID_INPUT` with everything that the action refuses, and for inputs it does not have.
 * @see https://github.com/dataaxiom/ghcr-cleanup-action
 */
export function fromGhcrCleanupInputs(inputs: unknown): ImportedRetention {
  const config = readGhcrCleanupInputs(inputs);
  return {
    simulate: (inventory, now) => simulateGhcrCleanup(config, inventory, now),
    policy: policyOf(config),
    warnings: warningsOf(config),
  };
}

function warningsOf(config: GhcrCleanupConfig): readonly RetentionWarning[] {
  const { deleteTags, excludeTags, olderThanMs, keepTagged, keepUntagged } = config;
  const warnings: RetentionWarning[] = [];
  const warn = (code: RetentionWarning["code"], detail: string) => warnings.push({ code, detail });
  for (const [name, selection] of Object.entries({ "delete-tags": deleteTags, "exclude-tags": excludeTags })) {
    if (selection !== undefined && !selection.isRegex && /(^|,) | (,|$)/.test(selection.source)) {
      warn("no-effect", `${name} has spaces beside its commas; they are part of the patterns.`);
    }
  }
  if (deleteTags !== undefined) {
    const detail =
      "The action pushes over a tag and deletes what the next listing shows for it; an old listing shows the image.";
    warn("unsafe-untag", detail);
  }
  if (config.isAgeLost) {
    warn("no-effect", "older-than has no number that the action can read; it takes images of any age.");
    warn("not-expressible", "Because the age is not known, the policy deletes nothing.");
  }
  if (config.ghosts && config.partials)
    warn("no-effect", "delete-ghost-images does nothing beside delete-partial-images.");
  if (config.ghosts || config.partials) {
    warn("not-expressible", "Images of which parts are missing are left alone.");
  }
  if (deleteTags !== undefined && (deleteTags.isRegex || deleteTags.source.includes("sha256:"))) {
    warn("not-expressible", "Digests that delete-tags means are left alone.");
  }
  if (deleteTags?.isRegex === true && foundAnywhere(deleteTags.source) === undefined) {
    warn("not-expressible", "delete-tags uses what RE2 does not know and is not imported.");
  }
  if (countsOld(olderThanMs, keepTagged) || countsOld(olderThanMs, keepUntagged)) {
    warn(
      "not-expressible",
      "The action keeps so many of the images that are old enough; the policy deletes none of them.",
    );
  }
  return warnings;
}

function policyOf(config: GhcrCleanupConfig): RetentionPolicy {
  const { excludeTags, olderThanMs, keepTagged, keepUntagged } = config;
  if (config.isAgeLost) return { rules: [] };
  const age = olderThanMs === undefined || olderThanMs <= 0 ? {} : { olderThan: secondsText(olderThanMs) };
  const rules: RetentionRule[] = [];
  const match = config.deleteTags === undefined ? [{ any: true as const }] : selectorsOf(config.deleteTags);
  if (keepTagged !== undefined && match.length > 0) {
    const rule = { kind: "expire", name: "keep-n-tagged", match, keepLast: keepTagged, ...age } as const;
    if (!countsOld(olderThanMs, keepTagged)) rules.push(rule);
  } else if (config.deleteTags !== undefined && match.length > 0) {
    rules.push({ kind: "expire", name: "delete-tags", match, ...age });
  }
  if (keepUntagged !== undefined) {
    const rule = { kind: "expire-untagged", name: "keep-n-untagged", keepLast: keepUntagged, ...age } as const;
    if (!countsOld(olderThanMs, keepUntagged)) rules.push(rule);
  } else if (config.deleteUntagged) {
    rules.push({ kind: "expire-untagged", name: "delete-untagged", ...age });
  }
  if (config.orphans) rules.push({ kind: "expire-orphans", name: "delete-orphaned-images" });
  return {
    ...(excludeTags && { protect: selectorsOf(excludeTags), pins: [pinOf(excludeTags)] }),
    rules,
    untag: "unprotected",
  };
}

/** Whether the newest of the old ones stay; ours counts all, so those that stay could be young ones. */
function countsOld(olderThanMs: number | undefined, count: number | undefined): boolean {
  return (olderThanMs ?? 0) > 0 && (count ?? 0) > 0;
}

/** Whatever the patterns cannot say: digests, and expressions that RE2 does not know. */
function pinOf({ test }: GhcrSelection): Pin {
  return ({ descriptor, tags }) => ([descriptor.digest, ...tags].some(test) ? "exclude-tags" : undefined);
}

function selectorsOf(selection: GhcrSelection): readonly TagSelector[] {
  if (selection.isRegex) {
    const selector = foundAnywhere(selection.source);
    return selector === undefined ? [] : [selector];
  }
  const parts = selection.source.split(",").filter((part) => !part.startsWith("sha256:") && part !== "");
  return parts.map((part) => ({ pattern: wildcardListSource(part) }));
}
