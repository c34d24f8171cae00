import {
  fromDeletePackageVersionsInputs,
  fromEcrLifecyclePolicy,
  fromGhcrCleanupInputs,
  fromGhcrPruneInputs,
  fromSnokInputs,
  type ImportedRetention,
  type RetentionSimulation,
  type SimulatedInventory,
  type SimulatedManifest,
} from "@bayplan/compat";
import { evaluateRetention, isBayplanError, parseDigest, parseInstant } from "@bayplan/core";
import { z } from "zod";
import type { Case } from "../case-file.ts";
import type { Checker, Owner } from "../owners.ts";
import { inputOf } from "./case-keys.ts";
import { importHarborCase, importZotCase } from "./retention-words.ts";

const Original = z.looseObject({});
const Image = z.strictObject({
  label: z.string().optional(),
  digest: z.string(),
  tags: z.array(z.string()),
  pushedAt: z.string().nullable().optional(),
  mediaType: z.string(),
  manifests: z.array(z.object({ digest: z.string() })).optional(),
  subject: z.string().optional(),
  artifactType: z.string().optional(),
  pulledAt: z.string().nullable().optional(),
  labels: z.array(z.string()).optional(),
  storageClass: z.enum(["standard", "archive"]).optional(),
  archivedAt: z.string().nullable().optional(),
  lastActivatedAt: z.string().nullable().optional(),
  statistics: z.literal("missing").optional(),
});
const RetentionCase = z.object({
  now: z.string(),
  policy: z.object({ original: Original }),
  images: z.array(Image),
  environment: z
    .strictObject({ listingComplete: z.boolean().optional(), manifestFetchErrors: z.array(z.string()).optional() })
    .optional(),
  metaDB: z.boolean().optional(),
  peerDeleted: z.array(z.string()).optional(),
});
const known = ["now", "policy", "images", "environment", "metaDB", "peerDeleted", "missingDigests", "kind", "group"];

/** What a case says beside its policy. */
interface CaseFacts {
  readonly hasDatabase: boolean;
}

type Import = (original: Readonly<Record<string, unknown>>, facts: CaseFacts) => ImportedRetention;

const sets = ["expectedDeleted", "expectedKept", "expectedUntagged", "expectedArchived", "plannedDelete"];

function owner(file: string, importOriginal: Import): Owner {
  const pattern = new RegExp(`(^|/)retention/${file}[^/]*\\.json$`);
  return { file: pattern, family: "*", check: checkerOf(importOriginal), sets };
}

/** The checkers of retention whose policies are in the words of another system. */
export const importedRetentionOwners: readonly Owner[] = [
  owner("ecr", (original) => fromEcrLifecyclePolicy(original)),
  owner("ghcr-cleanup-action", (original) => fromGhcrCleanupInputs(withoutRemarks(original))),
  owner("actions-delete-package-versions", (original) => fromDeletePackageVersionsInputs(original)),
  owner("snok", (original) => fromSnokInputs(original)),
  owner("action-ghcr-prune", (original) => fromGhcrPruneInputs(original)),
  owner("zot", importZotCase),
  owner("harbor", importHarborCase),
];

/** Some inputs have a remark in brackets for a value: that the action's default is meant. */
function withoutRemarks(original: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(
    Object.entries(original).filter(([, value]) => typeof value !== "string" || !/^\(default\b.*\)$/.test(value)),
  );
}

function checkerOf(importOriginal: Import): Checker {
  return (_, row) => {
    const strange = Object.keys(inputOf(row.row)).filter((key) => {
      return !known.includes(key) && !/^expected[A-Z]|^plannedDelete$/.test(key);
    });
    if (strange.length > 0) return { notUnderstood: strange };
    const given = RetentionCase.parse(row.row);
    try {
      const imported = importOriginal(given.policy.original, { hasDatabase: given.metaDB !== false });
      return answer(imported, given, row);
    } catch (error) {
      if (!isBayplanError(error)) throw error;
      // What is refused is not applied.
      const kept = given.images.map(({ digest }) => digest);
      return { error: error.code, message: error.message, expectedDeleted: [], expectedKept: kept };
    }
  };
}

function answer(imported: ImportedRetention, given: z.infer<typeof RetentionCase>, row: Case): unknown {
  const inventory = inventoryOf(given);
  const now = parseInstant(given.now);
  const simulation = imported.simulate(inventory, now);
  if (given.peerDeleted === undefined) return answerOfSimulation(simulation);
  const isAsPeer = isSameSet(simulation.deleted, given.peerDeleted);
  const isMarked = imported.warnings.length + simulation.warnings.length > 0;
  if (!isAsPeer || !isMarked) return { peerDeleted: simulation.deleted, warnings: simulation.warnings, id: row.id };
  const evaluation = evaluateRetention(inventory, imported.policy, now);
  return {
    expectedDeleted: evaluation.delete.map(({ digest }) => digest),
    expectedKept: evaluation.keep.map(({ digest }) => digest),
    expectedUntagged: evaluation.untag.map(({ tag, digest }) => ({ tag, digest })),
    expectedTags: Object.fromEntries(evaluation.keep.flatMap(({ digest, tags }) => tags.map((tag) => [tag, digest]))),
    expectedArchived: [],
    plannedDelete: evaluation.delete.map(({ digest }) => digest),
  };
}

function answerOfSimulation(simulation: RetentionSimulation): unknown {
  return {
    expectedDeleted: simulation.deleted,
    expectedKept: simulation.kept,
    expectedUntagged: simulation.untagged,
    expectedTags: simulation.tags,
    expectedArchived: simulation.archived,
    plannedDelete: simulation.planned,
  };
}

function inventoryOf({ images, environment }: z.infer<typeof RetentionCase>): SimulatedInventory {
  const failed = new Set(environment?.manifestFetchErrors ?? []);
  return {
    manifests: images.map((image) => manifestOf(image, failed)),
    ...(environment?.listingComplete === false && { incomplete: { error: "INCOMPLETE" } }),
  };
}

function manifestOf(image: z.infer<typeof Image>, unreadable: ReadonlySet<string>): SimulatedManifest {
  const { pushedAt, pulledAt, archivedAt, lastActivatedAt, subject, artifactType, labels, storageClass } = image;
  const children = (image.manifests ?? []).map(({ digest }) => parseDigest(digest));
  return {
    descriptor: {
      mediaType: image.mediaType,
      digest: parseDigest(image.digest),
      size: 0,
      ...(artifactType !== undefined && { artifactType }),
    },
    tags: image.tags,
    links: unreadable.has(image.digest)
      ? { state: "unreadable", error: "UNAVAILABLE" }
      : { state: "read", children, ...(subject !== undefined && { subject: parseDigest(subject) }) },
    ...(typeof pushedAt === "string" && { pushedAt: parseInstant(pushedAt) }),
    ...(typeof pulledAt === "string" && { pulledAt: parseInstant(pulledAt) }),
    ...(typeof archivedAt === "string" && { archivedAt: parseInstant(archivedAt) }),
    ...(typeof lastActivatedAt === "string" && { lastActivatedAt: parseInstant(lastActivatedAt) }),
    ...(labels !== undefined && { harborLabels: labels }),
    ...(storageClass !== undefined && { storageClass }),
    ...(image.statistics === "missing" && { hasStatistics: false }),
  };
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && new Set([...left, ...right]).size === left.length;
}
