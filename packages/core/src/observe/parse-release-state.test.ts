import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BayplanError, type BayplanErrorCode } from "../errors.ts";
import { createPlan } from "../plan/create-plan.ts";
import { codeOf } from "../testing/code-of.ts";
import { at, createWorld } from "../testing/cpython-world.ts";
import { observeState } from "./observe-state.ts";
import { formatReleaseState, parseReleaseState } from "./parse-release-state.ts";
import type { ReleaseState } from "./release-state.ts";

const empty = { formatVersion: 1, observedAt: "2026-11-21T02:00:00Z", sources: {}, references: {}, tags: {} };
const digest = `sha256:${"a".repeat(64)}`;
const withFacts = (members: object) => JSON.stringify({ ...empty, ...members });

describe("parseReleaseState", () => {
  it("gives back what was observed, whatever went wrong then, and the same plan", async () => {
    const codes: BayplanErrorCode[] = ["UNAUTHORIZED", "RATE_LIMITED", "TIMEOUT", "RESPONSE_INVALID"];
    const images = ["cpython-tsan", "cpython-asan", "numpy-tsan"];
    const failure = fc.constantFrom<BayplanErrorCode | "denied-or-absent">(...codes, "denied-or-absent");
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(images),
        fc.dictionary(fc.constantFrom(...images.map((image) => `resolve ${at(image)}`)), failure),
        async (published, failures) => {
          const world = createWorld();
          world.publish(...published);
          for (const [call, code] of Object.entries(failures)) world.registry.failures.set(call, code);
          const state = await observeState(world.family, world.ports);
          const text = formatReleaseState(state);
          const again = parseReleaseState(text);
          expect(again).toEqual(state);
          expect(formatReleaseState(again)).toBe(text);
          const now = world.clock.now();
          expect(createPlan(world.family, again, now).id).toBe(createPlan(world.family, state, now).id);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("is one text, whatever the order of the answers", () => {
    const facts = Object.entries({ "ghcr.io/o/a:1": { state: "absent" }, "ghcr.io/o/b:1": { state: "absent" } });
    const [one, other] = [facts, facts.toReversed()].map((entries) => ({
      ...empty,
      references: Object.fromEntries(entries),
    }));
    expect(formatReleaseState(one as unknown as ReleaseState)).toBe(
      formatReleaseState(other as unknown as ReleaseState),
    );
  });

  it.each<[string, string]>([
    ["no JSON", "{"],
    ["nothing", ""],
    ["a list", "[]"],
    ["null", "null"],
    ["another document", "{}"],
    ["a newer format", withFacts({ formatVersion: 2 })],
    ["an unknown key", withFacts({ facts: {} })],
    ["no time", withFacts({ observedAt: "yesterday" })],
    ["a reference that is none", withFacts({ references: { "a b": { state: "absent" } } })],
    ["a reference under another spelling", withFacts({ references: { python: { state: "absent" } } })],
    ["a fact without state", withFacts({ references: { "ghcr.io/o/a:1": {} } })],
    ["a digest that is none", withFacts({ references: { "ghcr.io/o/a:1": { state: "present", digest: "sha256:x" } } })],
    ["an absent image with a digest", withFacts({ references: { "ghcr.io/o/a:1": { state: "absent", digest } } })],
    [
      "a platform that is none",
      withFacts({ references: { "ghcr.io/o/a:1": { state: "present", digest, platforms: { x: digest } } } }),
    ],
    ["a repository with a tag", withFacts({ tags: { "ghcr.io/o/a:1": { state: "absent" } } })],
    ["a listing without completeness", withFacts({ sources: { s: { state: "listed", candidates: [] } } })],
    [
      "a member called __proto__ among sources",
      `{"formatVersion":1,"observedAt":"2026-11-21T02:00:00Z","sources":{"__proto__":{"state":"unknown","error":"x","message":"y"}},"references":{},"tags":{}}`,
    ],
    [
      "a member called __proto__ among references",
      `{"formatVersion":1,"observedAt":"2026-11-21T02:00:00Z","sources":{},"references":{"__proto__":{"state":"absent"}},"tags":{}}`,
    ],
    [
      "a member called __proto__ at the top",
      `{"__proto__":{},"formatVersion":1,"observedAt":"2026-11-21T02:00:00Z","sources":{},"references":{},"tags":{}}`,
    ],
    ["nesting without end", `{"references":${'{"a":'.repeat(1_000_000)}`],
    ["lists without end", "[".repeat(1_000_000)],
  ])("refuses %s", (_, text) => {
    expect(codeOf(() => parseReleaseState(text))).toBe("INVALID_INPUT");
    expect(({} as { state?: unknown }).state).toBeUndefined();
  });

  it("is not fooled by brackets in texts", () => {
    const message = `${"[".repeat(50)}\\"${"{".repeat(50)}`;
    const text = withFacts({ sources: { s: { state: "unknown", error: "TIMEOUT", message } } });
    expect(parseReleaseState(text).sources["s"]).toMatchObject({ message });
  });

  it("quotes nothing of what it refuses", () => {
    const text = withFacts({ references: { "ghcr.io/o/a:1": { state: "t0ken" } } }).replace("{", "{ t0ken ");
    let message = "";
    try {
      parseReleaseState(text);
    } catch (error) {
      message = error instanceof BayplanError ? `${error.message}${String(error.cause)}` : "t0ken";
    }
    expect(message).not.toContain("t0ken");
    expect(message).not.toBe("");
  });
});
