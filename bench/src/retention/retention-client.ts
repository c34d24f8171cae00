import { evaluateRetention, parseInstant, type RetentionPolicy } from "@bayplan/core";
import { answerParent } from "../answer-parent.ts";
import { seededRepository } from "./seeded-repository.ts";

/** Which repository is evaluated, in a process that evaluated none before. */
export interface RetentionJob {
  readonly size: number;
  readonly seed: number;
}

/** What came of it. */
export interface RetentionRun {
  readonly manifests: number;
  readonly deleted: number;
  readonly untagged: number;
  /** Of the processor, user and system, garbage included, without making the repository. */
  readonly cpuMs: number;
  /** The most that the process held, in bytes, the repository included. */
  readonly resident: number;
}

const policy: RetentionPolicy = {
  protect: ["latest", { pattern: "\\d+\\.\\d+\\.\\d+" }, { versions: "stable", line: "1.3" }],
  rules: [
    { kind: "keep-newer", than: "7d" },
    { kind: "keep-last", match: { pattern: "(?:v|stable-).*" }, count: 5 },
    { kind: "keep-live-branches" },
    { kind: "expire", match: { pattern: "sha-[0-9a-f]{40}" }, keepLast: 300, olderThan: "30d" },
    { kind: "expire", match: { pattern: "feature-\\d+" }, olderThan: "14d" },
    { kind: "expire-untagged", olderThan: "7d" },
    { kind: "expire-orphans" },
  ],
  liveBranches: ["main", "feature/11"],
  guards: { delay: "1h", neverEmpty: true },
};

answerParent<RetentionJob>(async ({ size, seed }): Promise<RetentionRun> => {
  const manifests = seededRepository(size, seed);
  const now = parseInstant("2026-01-01T00:00:00Z");
  const started = process.cpuUsage();
  const evaluation = evaluateRetention({ manifests }, policy, now);
  const { user, system } = process.cpuUsage(started);
  return {
    manifests: manifests.length,
    deleted: evaluation.delete.length,
    untagged: evaluation.untag.length,
    cpuMs: (user + system) / 1000,
    resident: process.resourceUsage().maxRSS * 1024,
  };
});
