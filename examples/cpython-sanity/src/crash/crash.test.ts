import { describe, expect, it } from "vitest";
import { type CrashProof, proveCrashSafety } from "./prove-crash-safety.ts";

/** All of them take minutes: `main.ts` beside this file. */
const every = Number(process.env["BAYPLAN_CRASH_EVERY"] ?? 12);

function countOf(proof: CrashProof, scenario: string, pattern: RegExp): number {
  const own = (proof.changes[scenario] ?? []).filter(({ by }) => by === "bayplan");
  return own.filter(({ server, name }) => pattern.test(`${server} ${name}`)).length;
}

describe("a process that executes a plan and is killed", () => {
  it("leaves what the same plan brings to its end when it is executed again", async () => {
    const proof = await proveCrashSafety({ scenarios: ["release", "rollback"], every });
    expect(proof.failures).toEqual([]);
    // Of every kind something was there to be interrupted.
    expect({
      dispatches: countOf(proof, "release", /^github POST .*\/dispatches$/),
      promotions: countOf(proof, "release", /^registry PUT .*\/manifests\/[^:]+$/),
      copiedTags: countOf(proof, "release", /^copies PUT .*\/manifests\/[^:]+$/),
      deletions: countOf(proof, "release", /^registry DELETE .*\/manifests\/sha256:/),
      movesBack: countOf(proof, "rollback", /PUT .*\/manifests\/[^:]+$/),
    }).toEqual({ dispatches: 8, promotions: 12, copiedTags: 12, deletions: 12, movesBack: 16 });
    expect(countOf(proof, "release", /^copies (POST|PUT) .*\/blobs\//)).toBeGreaterThan(20);
    expect(proof.boundaries).toBeGreaterThanOrEqual(200);
    expect(proof.killed).toBe(Math.ceil(proof.boundaries / every));
  }, 600_000);
});
