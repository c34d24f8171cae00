import {
  evaluateRetention,
  parseInstant,
  type RetentionEvaluation,
  type RetentionInventory,
  type RetentionPolicy,
  type RetentionRule,
} from "@bayplan/core";
import { z } from "zod";
import type { Case } from "../case-file.ts";
import { inputOf } from "./case-keys.ts";
import { CaseImage, retentionManifest } from "./retention-images.ts";

const limits = { keepLast: z.number().optional(), olderThan: z.string().optional() };

/** A policy in the words of the case files. */
export const NeutralPolicy = z.strictObject({
  protect: z.array(z.string()).optional(),
  tags: z.array(z.strictObject({ match: z.string(), ...limits })).optional(),
  untagged: z.strictObject(limits).nullable().optional(),
  orphans: z.boolean().optional(),
  pins: z.array(z.string()).optional(),
  untagProtectedImages: z.boolean().optional(),
  lastTaggedGuard: z.boolean().optional(),
  minKeepTagged: z.number().optional(),
  dryRun: z.boolean().optional(),
});

const RetentionCase = z.object({
  now: z.string(),
  policy: z.strictObject({ words: z.unknown().optional(), original: NeutralPolicy }),
  images: z.array(CaseImage),
  environment: z
    .strictObject({ listingComplete: z.boolean().optional(), manifestFetchErrors: z.array(z.string()).optional() })
    .optional(),
  event: z.strictObject({ type: z.literal("delete"), refType: z.enum(["branch", "tag"]), ref: z.string() }).optional(),
  liveBranches: z.array(z.string()).optional(),
});

/** Words that the cases may have for why nothing was deleted, and ours. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [/incomplete|listing|pagination/, "inventory-incomplete"],
  [/unreadable|manifest|fetch/, "manifest-unreadable"],
  [/last|tagged/, "last-tagged"],
  [/max|many|limit|percent/, "too-many-deletions"],
  [/empty/, "would-be-empty"],
];
const known = ["now", "policy", "images", "environment", "event", "liveBranches", "untagVariants", "missingDigests"];

/** What a neutral policy does to a repository. */
export function checkNeutralRetention(_: unknown, row: Case): unknown {
  const strange = Object.keys(inputOf(row.row)).filter((key) => {
    return !known.includes(key) && !/^expected[A-Z]|^plannedDelete$|^peerDeleted$/.test(key);
  });
  if (strange.length > 0) return { notUnderstood: strange };
  const given = RetentionCase.parse(row.row);
  const failed = new Set(given.environment?.manifestFetchErrors ?? []);
  const listed = new Set(given.images.map(({ digest }) => digest));
  const isComplete = given.environment?.listingComplete !== false && [...failed].every((digest) => listed.has(digest));
  const inventory: RetentionInventory = {
    manifests: given.images.map((image) => retentionManifest(image, failed)),
    ...(!isComplete && { incomplete: { error: "INCOMPLETE" } }),
  };
  const { original } = given.policy;
  const policy: RetentionPolicy = {
    ...policyOf(original, { isEvent: given.event !== undefined, hasBranches: given.liveBranches !== undefined }),
    ...(given.event && { event: given.event }),
    ...(given.liveBranches && { liveBranches: given.liveBranches }),
  };
  const evaluation = evaluateRetention(inventory, policy, parseInstant(given.now));
  return answerOf(evaluation, { images: given.images, isDry: original.dryRun === true, row });
}

/** The neutral policy in ours. */
export function policyOf(
  original: z.infer<typeof NeutralPolicy>,
  facts: { readonly isEvent: boolean; readonly hasBranches: boolean },
): RetentionPolicy {
  const { protect = [], tags = [], untagged, orphans, pins, untagProtectedImages, lastTaggedGuard } = original;
  const limitsOf = ({
    keepLast,
    olderThan,
  }: {
    readonly keepLast?: number | undefined;
    readonly olderThan?: string | undefined;
  }) => ({
    ...(keepLast !== undefined && { keepLast }),
    ...(olderThan !== undefined && { olderThan }),
  });
  const rules: readonly RetentionRule[] = [
    ...(facts.hasBranches ? [{ kind: "keep-live-branches" } as const] : []),
    ...tags.map((rule) => ({ kind: "expire", match: { pattern: rule.match }, ...limitsOf(rule) }) as const),
    ...(facts.isEvent ? [{ kind: "expire-deleted-branch" } as const] : []),
    ...(untagged ? [{ kind: "expire-untagged", ...limitsOf(untagged) } as const] : []),
    ...(orphans === true ? [{ kind: "expire-orphans" } as const] : []),
  ];
  const keepTagged = Math.max(lastTaggedGuard === true ? 1 : 0, original.minKeepTagged ?? 0);
  return {
    protect: protect.map((pattern) => ({ pattern })),
    rules,
    untag: untagProtectedImages === false ? "unprotected" : "all",
    ...(pins && { pins }),
    guards: { keepTagged },
  };
}

function answerOf(
  evaluation: RetentionEvaluation,
  {
    images,
    isDry,
    row,
  }: {
    readonly images: readonly { readonly digest: string; readonly tags: readonly string[] }[];
    readonly isDry: boolean;
    readonly row: Case;
  },
): unknown {
  const planned = evaluation.delete.map(({ digest }) => digest);
  const before = images.flatMap(({ digest, tags }) => tags.map((tag) => [tag, digest] as const));
  const after = evaluation.keep.flatMap(({ digest, tags }) => tags.map((tag) => [tag, digest] as const));
  return {
    expectedDeleted: isDry ? [] : planned,
    expectedKept: isDry ? images.map(({ digest }) => digest) : evaluation.keep.map(({ digest }) => digest),
    expectedUntagged: isDry ? [] : evaluation.untag.map(({ tag, digest }) => ({ tag, digest })),
    expectedTags: Object.fromEntries(isDry ? before : after),
    plannedDelete: planned,
    expectedRefused: refusalWord(evaluation, row.row["expectedRefused"]),
  };
}

/** Our code in the case's word, where the word is one for it. */
function refusalWord(evaluation: RetentionEvaluation, wanted: unknown): unknown {
  const [stop] = evaluation.stopped;
  const isSaved = evaluation.keep.some(({ reasons }) => reasons[0].code === "last-tagged");
  const code = stop?.code ?? (isSaved ? "last-tagged" : evaluation.refused[0]?.reasons[0].code) ?? null;
  if (typeof wanted !== "string") return code;
  const meant = refusals.find(([words]) => words.test(wanted.toLowerCase()))?.[1];
  return meant === code ? wanted : code;
}
