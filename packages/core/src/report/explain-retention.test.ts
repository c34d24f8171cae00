import { describe, expect, it } from "vitest";
import { parseInstant } from "../instant.ts";
import { digestOf } from "../oci/digest.ts";
import type { RetentionReason } from "../retention/retention-reason.ts";
import { createHolds, evaluate } from "../testing/retention/hold.ts";
import { explain } from "./explain.ts";
import { shortDigest } from "./short-digest.ts";

const digest = digestOf(new Uint8Array());
const at = parseInstant("2026-01-01T00:00:00Z");
const of = { rule: "old builds", tag: "sha-1" } as const;

/** One of every code, with all members: the type makes a missing code a compile error. */
const everyReason: { readonly [Code in RetentionReason["code"]]: Extract<RetentionReason, { code: Code }> } = {
  protected: { code: "protected", tag: "1.11", selector: "1\\.\\d+" },
  pinned: { code: "pinned", by: "compose.yaml", tag: "1.11" },
  newest: { code: "newest", ...of, keepLast: 3, stream: "1.11-alpine" },
  "young-enough": { code: "young-enough", ...of, limit: "7d" },
  pulled: { code: "pulled", ...of, at },
  "date-unknown": { code: "date-unknown", ...of },
  "no-stream": { code: "no-stream", ...of },
  "live-branch": { code: "live-branch", tag: "feat-x", branch: "feat/x" },
  "label-not-due": { code: "label-not-due", ...of, value: "2w" },
  "custom-rule": { code: "custom-rule", ...of, text: "it is dear to me" },
  "no-rule": { code: "no-rule", tag: "sha-1" },
  "subject-missing": { code: "subject-missing", subject: digest },
  "in-flight": { code: "in-flight", delay: "1h", pushedAt: at },
  "last-tagged": { code: "last-tagged", keepTagged: 1 },
  "git-tag-deleted": { code: "git-tag-deleted", ref: "v1.11" },
  "child-of": { code: "child-of", parent: digest },
  "referrer-of": { code: "referrer-of", subject: digest },
  expired: { code: "expired", ...of, olderThan: "7d", keepLast: 3, stream: "1.11" },
  "label-due": { code: "label-due", ...of, value: "2w" },
  "branch-deleted": { code: "branch-deleted", ...of, branch: "feat/x" },
  orphan: { code: "orphan", rule: "old builds", subject: digest },
  "inventory-incomplete": { code: "inventory-incomplete", error: "TIMEOUT" },
  "manifest-unreadable": { code: "manifest-unreadable", digest, error: "DENIED", count: 2 },
  "tag-on-two": { code: "tag-on-two", tag: "sha-1" },
  "live-branches-unknown": { code: "live-branches-unknown", rule: "old builds" },
  "untagged-unknown": { code: "untagged-unknown" },
  "too-many-deletions": { code: "too-many-deletions", planned: 9, of: 10, limit: "50 %" },
  "would-be-empty": { code: "would-be-empty" },
  "too-few-tagged": { code: "too-few-tagged", tagged: 0, keepTagged: 1 },
  "untag-unsupported": { code: "untag-unsupported", tag: "sha-1" },
  "untag-would-delete": { code: "untag-would-delete", tag: "sha-1" },
};

describe("explain", () => {
  it.each(Object.values(everyReason))("says what %j holds", (reason) => {
    const sentence = explain(reason);
    expect(sentence).not.toMatch(/undefined|\[object|\.$/);
    const { code, ...members } = reason;
    for (const value of Object.values(members)) {
      const shown = typeof value === "string" && value.startsWith("sha256:") ? shortDigest(digest) : String(value);
      if (code !== "manifest-unreadable" || typeof value === "string") expect(sentence).toContain(shown);
    }
  });
});

const holds = createHolds({ ...process.env, BAYPLAN_RETENTION_RUNS: "200" });

it("says every reason of a random registry in one sentence", () => {
  holds((given, choose) => {
    const guards =
      [{ delay: "2d" }, { keepTagged: 2 }, { neverEmpty: true }, { maxDeletions: { count: 1 } }][choose(4)] ?? {};
    const untagging = (["any", "unsupported", "not-the-last"] as const)[choose(3)] ?? "any";
    const broken = choose(5) === 4 ? { incomplete: { error: "TIMEOUT" } } : {};
    const inventory = { ...given.inventory, ...broken, untagging };
    const {
      keep,
      delete: gone,
      untag,
      refused,
    } = evaluate({ ...given, inventory, policy: { ...given.policy, guards } });
    for (const { reasons } of [...keep, ...gone, ...untag, ...refused]) {
      for (const reason of reasons)
        expect(explain(reason)).toMatch(/^(?!.*(?:undefined|does not know|\[object)).{8,}[^.]$/);
    }
  });
});
