import { describe, expect, it } from "vitest";
import { digestOf } from "../oci/digest.ts";
import { createPlan } from "../plan/create-plan.ts";
import type { Reason } from "../reason.ts";
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

/** One of every code: the type makes a missing one a compile error. */
const everyReason: { readonly [Code in Reason["code"]]: Extract<Reason, { code: Code }> } = {
  "version-selected": { code: "version-selected", source: "s", version: "1.2.3", line: "1.2" },
  "no-version": { code: "no-version", source: "s", rejected: 3 },
  "version-held": { code: "version-held", source: "s", version: "1.2.3", minimumAgeDays: 7 },
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
  "up-to-date": { code: "up-to-date", reference, digest },
  "tag-missing": { code: "tag-missing", reference },
  "tag-behind": { code: "tag-behind", reference, from: { digest }, to: other },
  "exact-version": { code: "exact-version", version: "1.2.3" },
  "highest-in-line": { code: "highest-in-line", tag: "1.2", line: "1.2", published: 2 },
  "not-highest": { code: "not-highest", tag: "1.2", line: "1.2", highest: "1.2.4" },
  prerelease: { code: "prerelease", tag: "1.2", version: "1.2.3-rc.1" },
  "version-not-understood": { code: "version-not-understood", version: "x", scheme: "semver" },
  "listing-incomplete": { code: "listing-incomplete", repository: "ghcr.io/o/a", error: "INCOMPLETE" },
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
