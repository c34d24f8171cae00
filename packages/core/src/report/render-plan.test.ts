import { describe, expect, it } from "vitest";
import { digestOf } from "../oci/digest.ts";
import { createPlan } from "../plan/create-plan.ts";
import type { Reason } from "../reason.ts";
import type { RetentionReason } from "../retention/retention-reason.ts";
import { at, cpythonConfig, createWorld } from "../testing/cpython-world.ts";
import { explain } from "./explain.ts";
import { escapeMarkdown, markdownTable } from "./markdown.ts";
import { renderPlan } from "./render-plan.ts";
import { renderReport } from "./render-report.ts";
import { shortDigest } from "./short-digest.ts";
import { summarise } from "./summarise.ts";

const digest = digestOf(new Uint8Array());
const other = digestOf(new Uint8Array([1]));
const reference = "ghcr.io/o/a:1";

type PlanReason = Exclude<Reason, RetentionReason>;

/** One of every code but those of retention: the type makes a missing one a compile error. */
const everyReason: { readonly [Code in PlanReason["code"]]: Extract<PlanReason, { code: Code }> } = {
  "version-selected": { code: "version-selected", source: "s", version: "1.2.3", line: "1.2" },
  "version-given": { code: "version-given", version: "2.1.0", name: "numpy" },
  "no-version": { code: "no-version", source: "s", rejected: 3 },
  "version-held": { code: "version-held", source: "s", version: "1.2.3", minimumAgeDays: 7 },
  "version-request-invalid": { code: "version-request-invalid", source: "s", message: "no range" },
  "version-ambiguous": { code: "version-ambiguous", source: "s", candidates: ["1.2.3", "v1.2.3"] },
  "source-failed": { code: "source-failed", source: "s", error: "UNAVAILABLE", message: "down" },
  "source-incomplete": { code: "source-incomplete", source: "s" },
  "missing-in-registry": { code: "missing-in-registry", reference },
  "denied-or-absent": { code: "denied-or-absent", reference, takenAs: "unknown" },
  "registry-unknown": { code: "registry-unknown", reference, error: "TIMEOUT", message: "slow" },
  "staged-build-found": { code: "staged-build-found", reference, digest },
  "parent-rebuilt": { code: "parent-rebuilt", parent: "a@1", distance: 1 },
  blocked: { code: "blocked", on: "a@1" },
  "platform-missing": { code: "platform-missing", base: "a@1", platforms: ["linux/arm64"] },
  "immutable-conflict": { code: "immutable-conflict", reference, found: digest, wanted: other },
  "never-built": { code: "never-built" },
  "source-changed": { code: "source-changed", name: "commit", from: "1a", to: "2b" },
  "argument-changed": { code: "argument-changed", name: "debug", to: "yes" },
  "base-drifted": { code: "base-drifted", base: "debian:13", platform: "linux/arm64", method: "layers", to: digest },
  "not-proven": { code: "not-proven", reference, adopt: "verify", base: "debian:13" },
  "base-digest-changed": {
    code: "base-digest-changed",
    base: "debian:13",
    platform: "linux/arm64",
    from: { absent: true },
    to: { digest },
  },
  "bases-reordered": { code: "bases-reordered" },
  "platform-added": { code: "platform-added", platform: "linux/arm64" },
  "platform-removed": { code: "platform-removed", platform: "linux/arm64" },
  "up-to-date": { code: "up-to-date", reference, digest },
  forced: { code: "forced", by: "Ada", why: "certificates" },
  held: { code: "held", by: "Ada", why: "broken", until: "2026-12-01T00:00:00Z" },
  "too-old": { code: "too-old", reference, ageDays: 40, maxAgeDays: 30 },
  "age-unknown": { code: "age-unknown", reference, maxAgeDays: 30 },
  "release-kept": { code: "release-kept", reference },
  "release-replaced": { code: "release-replaced", reference, from: digest },
  promotion: { code: "promotion", digest },
  "group-held": { code: "group-held", because: "a@1" },
  gate: { code: "gate", group: "group:apps@1" },
  "rolled-back": { code: "rolled-back", reference, from: digest, to: other },
  "nothing-before": { code: "nothing-before", reference },
  "moved-since": { code: "moved-since", reference, found: digest, ours: other },
  "tag-missing": { code: "tag-missing", reference },
  "tag-behind": { code: "tag-behind", reference, from: { digest }, to: other },
  "exact-version": { code: "exact-version", version: "1.2.3" },
  "highest-in-line": { code: "highest-in-line", tag: "1.2", line: "1.2", published: 2 },
  "not-highest": { code: "not-highest", tag: "1.2", line: "1.2", highest: "1.2.4" },
  prerelease: { code: "prerelease", tag: "1.2", version: "1.2.3-rc.1" },
  "version-not-understood": { code: "version-not-understood", version: "x", scheme: "semver" },
  "listing-incomplete": { code: "listing-incomplete", repository: "ghcr.io/o/a", error: "INCOMPLETE" },
  "nothing-to-compare": { code: "nothing-to-compare", what: "the image is missing" },
  "same-image": { code: "same-image", level: "index", reference },
  "image-differs": { code: "image-differs", level: "rootfs", left: digest, right: other, differences: 2 },
  "platforms-match": { code: "platforms-match", found: ["linux/amd64"] },
  "platforms-differ": { code: "platforms-differ", found: [], missing: ["linux/amd64"], unexpected: ["linux/arm64"] },
  "labels-match": { code: "labels-match", labels: ["org.example.a"] },
  "label-differs": { code: "label-differs", label: "l", platform: "linux/amd64", expected: "e", found: "f" },
  "referrer-found": { code: "referrer-found", artifactType: "application/sarif+json", digest },
  "referrer-missing": { code: "referrer-missing", artifactType: "application/sarif+json" },
  declared: { code: "declared", rule: "raw" },
  "from-event": { code: "from-event", rule: "branch", text: "main", event: "push" },
  "condition-not-met": { code: "condition-not-met", condition: "events", wanted: "push", found: "schedule" },
  "value-missing": { code: "value-missing", name: "pr" },
  "no-match": { code: "no-match", pattern: "^v", text: "main" },
  "duplicate-tag": { code: "duplicate-tag", tag: "1.2", by: "latest" },
  "illegal-tag": { code: "illegal-tag", rule: "raw", text: "a/b", why: "no slash" },
  "reserved-name": { code: "reserved-name", tag: "1.2", original: "latest" },
  "not-prerelease": { code: "not-prerelease", tag: "1.2", version: "1.2.3" },
  "numbers-only": { code: "numbers-only", tag: "1.2", version: "1.2.3.post1" },
  "outside-range": { code: "outside-range", tag: "1.2", version: "1.2.3", range: "2.x" },
  unordered: { code: "unordered", tag: "1.2" },
  "first-of-branch": { code: "first-of-branch", tag: "1.2" },
  ancestor: { code: "ancestor", tag: "1.2", commit: "b1946ac", relation: "same" },
  "not-ancestor": { code: "not-ancestor", tag: "1.2", commit: "b1946ac", relation: "diverged" },
  "ancestry-unknown": { code: "ancestry-unknown", tag: "1.2", error: "TIMEOUT" },
  "commit-mismatch": { code: "commit-mismatch", ref: "refs/tags/v1", commit: "b1946ac", expected: "591785b" },
  "version-taken": { code: "version-taken", tag: "1.2", version: "1.2.3", found: digest, wanted: other },
  "tag-held": { code: "tag-held", tag: "1.2", by: "ada", why: "it breaks", until: "2026-12-01T00:00:00Z" },
  "tag-forced": { code: "tag-forced", tag: "1.2", by: "ada", why: "it breaks", to: "1.2.3" },
  custom: { code: "custom", text: "because I say so" },
};

describe("explain", () => {
  it.each(Object.values(everyReason))("says what %j holds", (reason) => {
    const sentence = explain(reason);
    expect(sentence).not.toMatch(/undefined|\[object|\.$/);
    const { code, ...members } = reason;
    for (const value of Object.values(members)) {
      if (typeof value !== "string" || value === "unknown" || value === "1.2") continue;
      expect(sentence).toContain(value.startsWith("sha256:") ? shortDigest(value as typeof digest) : value);
    }
    expect(code).toBeDefined();
  });

  it.each<[Reason, string]>([
    [{ code: "version-selected", source: "s", version: "1" }, "newest version"],
    [{ code: "no-version", source: "s", line: "3.14", rejected: 0 }, "3.14"],
    [{ code: "denied-or-absent", reference, takenAs: "absent" }, "absent"],
    [{ code: "platform-missing", base: "a", platforms: [] }, "no platform"],
    [{ code: "tag-behind", reference, from: { absent: true }, to: digest }, "nothing"],
    [{ code: "highest-in-line", tag: "1", line: "1", published: 0 }, "first"],
    [{ code: "from-event", rule: "sha", text: "b1946ac" }, "b1946ac"],
    [{ code: "condition-not-met", condition: "fork", wanted: "false" }, "not known"],
    [{ code: "ancestor", tag: "main", commit: "b1946ac", relation: "ancestor" }, "ancestor"],
    [{ code: "not-ancestor", tag: "main", commit: "b1946ac", relation: "descendant" }, "descendant"],
    [{ code: "tag-held", tag: "latest", by: "ada", why: "it breaks" }, "ada holds it: it breaks"],
  ])("tells the forms of a code apart: %j", (reason, part) => {
    expect(explain(reason)).toContain(part);
  });
});

describe("escapeMarkdown", () => {
  it.each([
    ["a|b", "a\\|b"],
    ["a\r\nb\tc\u2028d", "a b c d"],
    ["<img src=x>&amp;", "&lt;img src=x&gt;&amp;amp;"],
    ["`x` *y* _z_ ~w~", "\\`x\\` \\*y\\* \\_z\\_ \\~w\\~"],
    ["[a](b) ![c] # @d", "\\[a\\]\\(b\\) \\!\\[c\\] \\# \\@d"],
    ["a\\|b", "a\\\\\\|b"],
  ])("makes %j stand for itself", (text, expected) => {
    expect(escapeMarkdown(text)).toBe(expected);
  });

  it("keeps a table's cells where they are", () => {
    const table = markdownTable(["A", "B"], [["x|y", "1\n| 2 |"]]);
    expect(table.split("\n")).toEqual(["| A | B |", "| --- | --- |", "| x\\|y | 1 \\| 2 \\| |"]);
  });
});

describe("renderPlan", () => {
  it("says that there is nothing to do", async () => {
    const world = createWorld();
    world.publish(...Object.keys(cpythonConfig.images));
    const plan = await world.plan();
    expect(renderPlan(plan, "text")).toMatch(/nothing to do\./);
    expect(renderPlan(plan, "markdown")).toContain("## Plan: nothing to do\n");
    expect(renderReport(plan, await world.execute(plan), "text")).toContain("nothing to do");
  });

  it("does not say so quietly when something could not be learnt", async () => {
    const world = createWorld();
    world.python.candidates = [];
    const plan = await world.plan();
    expect(renderPlan(plan, "text")).toMatch(/nothing to do, 1 thing undecided\.\n\? version 3\.14t: /);
    expect(renderPlan(plan, "markdown")).toContain("Not chosen because");
  });

  it("shows every state, step and withheld tag", async () => {
    const world = createWorld();
    world.registry.push(at("cpython-asan"));
    world.registry.push(at("cpython-asan", "3.14.4t"));
    world.registry.failures.set(`resolve ${at("cpython-tsan")}`, "RATE_LIMITED");
    const plan = await world.plan();
    const text = renderPlan(plan, "text");
    for (const part of [
      "? cpython-tsan",
      "= cpython-asan",
      "! numpy-tsan",
      "+ numpy-asan",
      "dispatch numpy-asan.yml on cpython-asan sha256:",
      "at most 90 min",
      "verify linux/amd64",
      "tag 3.14t (moving)",
      "not tagged 3.14t: 3.14.4t is higher",
    ]) {
      expect(text).toContain(part);
    }
    expect(
      renderPlan(plan, "markdown")
        .split("\n")
        .filter((line) => line.startsWith("| ")),
    ).toHaveLength(1 + 1 + 4);
    const fresh = await createWorld().plan();
    expect(renderPlan(fresh, "text")).toContain("its digest is born in this plan");
    expect(renderPlan(fresh, "text")).toContain("4 images to build, 8 tags to write.");
  });

  it("lets no message of a registry write lines, cells or tags of its own", async () => {
    const world = createWorld();
    const message = "x|y\n| z |<script>`\u001b[31m\n::error::boo";
    const unknown = { state: "unknown", error: "DENIED", message } as const;
    const listed = { state: "listed", candidates: [{ raw: "3.14.3" }], completeness: { truncated: false } } as const;
    const state = {
      formatVersion: 1,
      observedAt: world.clock.now(),
      sources: { "python.org": listed, numpy: listed },
      references: { [at("cpython-tsan")]: unknown },
      tags: {},
    } as const;
    const plan = createPlan(world.family, state, world.clock.now());
    const markdown = renderPlan(plan, "markdown");
    expect(markdown).not.toMatch(/<script|^\| z|^::|[^\\]\|y/m);
    const text = renderPlan(plan, "text");
    expect(text.split("\n").filter((line) => line.startsWith("::") || line.startsWith("| z"))).toEqual([]);
    expect(text).not.toContain("\u001b");
  });

  it("draws the graph, whatever names hold", async () => {
    const images = { a: { workflow: "a.yml", base: "ghcr.io/lib/os:1" }, b: { workflow: "b.yml", base: "a" } };
    const world = createWorld({ ...cpythonConfig, images });
    world.registry.push("ghcr.io/lib/os:1");
    const plan = await world.plan();
    expect(renderPlan(plan, "mermaid")).toContain(
      'flowchart LR\n  n0["a<br/>3.14.3t"]:::queued\n  n1["b<br/>3.14.3t"]:::queued\n  x0(["ghcr.io/lib/os:1"])\n  x0 --> n0\n  n0 --> n1\n',
    );
    const [first] = plan.nodes;
    if (first === undefined) throw new Error("no node");
    const hostile = { ...first, image: 'a"]; click n0 "x" [<b>😀', state: { state: "tag-missing", digest } as const };
    const drawn = renderPlan({ ...plan, nodes: [hostile] }, "mermaid");
    expect(drawn).toContain("#34;#93;#59; click n0 #34;x#34; #91;#60;b#62;#128512;<br/>");
    expect(drawn).toContain(":::tagMissing");
  });
});

describe("renderReport", () => {
  it("tells for every image what came of it", async () => {
    const world = createWorld();
    world.publish("cpython-asan");
    world.build = (request) => (request.workflow === "cpython.yml" ? { conclusion: "failure" } : {});
    const plan = await world.plan();
    const result = await world.execute(plan);
    expect(summarise(plan, result)).toMatchObject([
      {
        node: { image: "cpython-tsan" },
        result: "failed",
        run: "https://ci.example/runs/1",
        tags: [],
        problems: [expect.stringContaining("RUN_FAILED"), expect.stringContaining("3 steps were skipped")],
      },
      { node: { image: "cpython-asan" }, result: "unchanged", digest: world.registry.digestOfTag(at("cpython-asan")) },
      { node: { image: "numpy-tsan" }, result: "skipped", tags: [] },
      {
        node: { image: "numpy-asan" },
        result: "built",
        tags: [
          { tag: "3.14.3t", isNew: true },
          { tag: "3.14t", isNew: true },
        ],
      },
    ]);
    const text = renderReport(plan, result, "text");
    for (const part of [
      "partial: 1 built, 1 failed, 1 skipped, 2 tags in place",
      "run https://ci.example/runs/1",
      `tagged ${at("numpy-asan")}`,
      "because ",
    ]) {
      expect(text).toContain(part);
    }
    const markdown = renderReport(plan, result, "markdown");
    expect(markdown.split("\n").filter((line) => line.startsWith("| "))).toHaveLength(1 + 1 + 4);
    expect(JSON.parse(renderReport(plan, result, "json"))).toMatchObject({
      plan: plan.id,
      state: "partial",
      outcomes: result.outcomes,
    });
    const again = await world.execute(plan);
    expect(renderReport(plan, again, "text")).toContain(`tagged ${at("numpy-asan")} (was there)`);
  });

  it("tells tagged from built, left alone from unchanged, and cancelled from failed", async () => {
    const world = createWorld();
    world.publish("cpython-asan", "numpy-asan", "numpy-tsan");
    world.registry.push(at("numpy-asan", "3.14t"), { seed: "old" });
    world.registry.failures.set(`resolve ${at("cpython-tsan")}`, "UNAVAILABLE");
    const plan = await world.plan();
    const text = renderReport(plan, await world.execute(plan), "text");
    expect(text).toMatch(/numpy-asan 3\.14\.3t: tagged/);
    expect(text).toMatch(/cpython-tsan 3\.14\.3t: left alone \(unknown\)/);
    const cancelled = renderReport(plan, await world.execute(plan, { signal: AbortSignal.abort() }), "text");
    expect(cancelled).toContain("the execution was cancelled");
  });
});

describe("copies, tests and gated groups", () => {
  const config = {
    ...cpythonConfig,
    images: { a: { workflow: "a.yml" } },
    release: "apps",
    test: "test.yml",
    copies: ["docker.io/acme/{image}"],
  };

  it("show in every format where each tag goes and what comes before it", async () => {
    const plan = await createWorld(config).plan();
    const text = renderPlan(plan, "text");
    expect(text).toContain("1 image to build, 1 to test, 1 to copy, 4 tags to write");
    for (const line of [
      "test with test.yml",
      "copy to docker.io/acme/a",
      "look at all tags of group:apps@3.14t (4)",
      "tag 3.14t (moving)",
      "tag docker.io/acme/a:3.14t (moving)",
    ])
      expect(text).toContain(line);
    expect(renderPlan(plan, "markdown")).toContain(
      ["3.14.3t", "docker.io/acme/a:3.14.3t", "3.14t", "docker.io/acme/a:3.14t"].map(escapeMarkdown).join(", "),
    );
    expect(renderPlan(plan, "html")).toContain("<code>docker.io/acme/a:3.14t</code>");
  });

  it("show of which copy a tag is withheld, and of the build the run", async () => {
    const world = createWorld(config);
    world.registry.failures.set("resolve docker.io/acme/a:3.14t", "TIMEOUT");
    const plan = await world.plan();
    expect(renderPlan(plan, "text")).toContain("not tagged docker.io/acme/a:3.14t: ");
    expect(renderPlan(plan, "text")).toContain("nothing of the group moves, because of a@3.14.3t");
    expect(renderPlan(plan, "markdown")).toContain("3 tags held with the group");
    world.registry.failures.clear();
    const next = createWorld(config);
    const done = await next.plan();
    const [report] = summarise(done, await next.execute(done));
    expect([report?.run, report?.tags.map(({ name }) => name)]).toEqual([
      "https://ci.example/runs/1",
      ["3.14.3t", "docker.io/acme/a:3.14.3t", "3.14t", "docker.io/acme/a:3.14t"],
    ]);
  });
});
