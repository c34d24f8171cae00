import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cacheModes, cacheUse } from "./cache-mode.ts";
import { explainTrigger } from "./explain-trigger.ts";
import { parseTriggerTable } from "./parse-trigger-table.ts";
import { resolveTrigger } from "./resolve-trigger.ts";
import type { TriggerEvent } from "./trigger-event.ts";
import type { TriggerCondition, TriggerSettings, TriggerTable } from "./trigger-table.ts";

const everything: TriggerSettings = {
  ...{ build: true, test: true, push: true, latest: true, tags: ["sha"], cleanup: ["old"] },
  ...{ cache: "read-write", pushCache: "fresh-write" },
};
const always: TriggerTable = { rows: [{ name: "always", set: everything }] };

function applies(when: TriggerCondition, event: TriggerEvent): boolean {
  return resolveTrigger({ rows: [{ name: "row", when, set: {} }] }, event).rows[0]?.applies === true;
}

describe("resolveTrigger", () => {
  it("decides nothing without a row", () => {
    const behaviour = resolveTrigger(
      { rows: [{ name: "x", when: { events: ["y"] }, set: everything }] },
      { name: "z" },
    );
    expect(behaviour).toMatchObject({
      build: { value: false, reason: "no-row", row: undefined },
      push: { value: false },
      tags: { value: [] },
      cache: { value: undefined },
      values: {},
      rows: [{ row: "x", applies: false, reason: { code: "differs", part: "event", wanted: "y", found: "z" } }],
    });
  });

  it("takes each decision from the first row that applies and has it", () => {
    const table: TriggerTable = {
      rows: [
        { name: "a", when: { events: ["push"] }, set: { test: false, values: { x: "1" } } },
        { name: "b", set: { build: true, test: true, values: { x: "2", y: "3" } } },
        { name: "c", set: { build: false } },
      ],
    };
    const { build, test, values } = resolveTrigger(table, { name: "push" });
    expect(build).toEqual({ value: true, reason: "row", row: "b" });
    expect(test).toEqual({ value: false, reason: "row", row: "a" });
    expect(values).toEqual({ x: { value: "1", reason: "row", row: "a" }, y: { value: "3", reason: "row", row: "b" } });
    expect(resolveTrigger(table, { name: "schedule" }).test.row).toBe("b");
  });

  it.each<[string, TriggerEvent, boolean]>([
    ["a pull request from a fork", { name: "pull_request", isFork: true }, true],
    ["a pull request nobody knows the origin of", { name: "pull_request_target" }, true],
    ["a pull request from within", { name: "pull_request", isFork: false }, false],
    ["another event that says it is from a fork", { name: "workflow_run", isFork: true }, true],
    ["a push", { name: "push" }, false],
  ])("%s", (_, event, isGuarded) => {
    const { build, test, push, latest, cleanup, cache, pushCache } = resolveTrigger(always, event);
    expect([build.value, test.value]).toEqual([true, true]);
    expect([push.value, latest.value, cleanup.value.length > 0]).toEqual(Array(3).fill(!isGuarded));
    expect(cache.value).toBe(isGuarded ? "read-only" : "read-write");
    expect(pushCache.value).toBe(isGuarded ? "isolated-fresh" : "fresh-write");
    expect([push.reason, cache.reason, cleanup.reason]).toEqual(Array(3).fill(isGuarded ? "from-fork" : "row"));
    expect(push.row).toBe("always");
  });

  it("pushes nothing that is not built and moves no latest that is not pushed", () => {
    const table: TriggerTable = { rows: [{ name: "r", set: { push: true, latest: true } }] };
    const { push, latest } = resolveTrigger(table, { name: "push" });
    expect(push).toEqual({ value: false, reason: "not-built", row: "r" });
    expect(latest).toEqual({ value: false, reason: "not-pushed", row: "r" });
  });

  it("uses the cache of the tested build for the pushed one unless a row says otherwise", () => {
    const table: TriggerTable = { rows: [{ name: "r", set: { cache: "fresh-write" } }] };
    expect(resolveTrigger(table, { name: "push" }).pushCache).toEqual({
      value: "fresh-write",
      reason: "row",
      row: "r",
    });
    expect(resolveTrigger(table, { name: "push", isFork: true }).pushCache.value).toBe("isolated-fresh");
  });

  it.each<[string, TriggerCondition, TriggerEvent, boolean]>([
    ["a type", { types: ["opened"] }, { name: "x", type: "closed" }, false],
    ["a type nobody gave", { types: ["opened"] }, { name: "x" }, false],
    ["a repository in other case", { repositories: ["Own/App"] }, { name: "x", repository: "own/app" }, true],
    ["a fork of it", { repositories: ["own/app"] }, { name: "x", repository: "me/app" }, false],
    ["a repository nobody knows", { repositories: ["own/app"] }, { name: "x" }, false],
    ["no fork, unknown", { fork: false }, { name: "x" }, false],
    ["no fork", { fork: false }, { name: "x", isFork: false }, true],
    ["a fork", { fork: true }, { name: "x", isFork: true }, true],
    ["a kind of ref", { refKind: "tag" }, { name: "x", ref: "refs/tags/a" }, true],
    ["another kind of ref", { refKind: "tag" }, { name: "x", ref: "refs/heads/a" }, false],
    ["a short ref is not guessed", { branches: ["**"] }, { name: "x", ref: "main" }, false],
    ["not the default branch", { defaultBranch: false }, { name: "x", ref: "refs/heads/a", defaultBranch: "b" }, true],
    [
      "a tag is no default branch",
      { defaultBranch: false },
      { name: "x", ref: "refs/tags/b", defaultBranch: "b" },
      true,
    ],
    ["default branch unknown", { defaultBranch: false }, { name: "x", ref: "refs/heads/a" }, false],
    [
      "target of a pull request",
      { branches: ["main"] },
      { name: "pull_request", ref: "refs/heads/x", baseRef: "main" },
      true,
    ],
    ["not its source", { branches: ["x"] }, { name: "pull_request", ref: "refs/heads/x", baseRef: "main" }, false],
    ["target unknown", { branches: ["**"] }, { name: "pull_request", ref: "refs/heads/x" }, false],
    ["an input", { inputs: { a: ["1", "2"] } }, { name: "x", inputs: { a: 2 } }, true],
    ["a switch", { inputs: { a: true } }, { name: "x", inputs: { a: "true" } }, true],
    ["another input", { inputs: { a: "1" } }, { name: "x", inputs: { a: "3" } }, false],
    ["a missing input is empty", { inputs: { a: "" } }, { name: "x" }, true],
    ["an inherited name is no input", { inputs: { toString: "" } }, { name: "x", inputs: {} }, true],
    ["a fact", { facts: { a: "yes" } }, { name: "x", facts: { a: true } }, true],
    ["a fact that does not hold", { facts: { a: "yes" } }, { name: "x", facts: { a: false } }, false],
    ["an unknown fact is no no", { facts: { a: "no" } }, { name: "x" }, false],
    ["an unknown fact that may be", { facts: { a: ["yes", "unknown"] } }, { name: "x" }, true],
    ["two conditions, one holds", { events: ["x"], facts: { a: "yes" } }, { name: "x" }, false],
  ])("%s", (_, when, event, expected) => {
    expect(applies(when, event)).toBe(expected);
  });

  it("explains every decision and every row", () => {
    const lines = explainTrigger(resolveTrigger(always, { name: "pull_request" }));
    expect(lines).toHaveLength(9);
    expect(lines.find((line) => line.startsWith("push:"))).toMatch(/no.*"always".*fork/);
    expect(lines.at(-1)).toMatch(/"always" applies/);
  });

  it("never lets a fork write, whatever table and event", () => {
    const flag = fc.option(fc.boolean(), { nil: undefined });
    const mode = fc.option(fc.constantFrom(...cacheModes), { nil: undefined });
    const settings = fc
      .record({ build: flag, push: flag, latest: flag, cache: mode, pushCache: mode, cleanup: fc.constant(["old"]) })
      .map((set) => JSON.parse(JSON.stringify(set)) as TriggerSettings);
    const when = fc.constantFrom<TriggerCondition>({}, { fork: true }, { events: ["push"] }, { branches: ["**"] });
    const rows = fc.array(fc.record({ when, set: settings }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.constantFrom("push", "pull_request", "schedule"), (parts, name) => {
        const table = { rows: parts.map((part, index) => ({ name: `r${index}`, ...part })) };
        const found = resolveTrigger(table, { name, isFork: true, ref: "refs/heads/main", baseRef: "main" });
        expect([found.push.value, found.latest.value, found.cleanup.value]).toEqual([false, false, []]);
        const modes = [found.cache.value, found.pushCache.value].flatMap((value) =>
          value === undefined ? [] : [value],
        );
        expect(modes.filter((value) => cacheUse(value).write)).toEqual([]);
      }),
    );
  });
});

describe("parseTriggerTable", () => {
  const row = { name: "r", set: {} };
  it.each([
    ["a key of the table", { rows: [row], row: [] }, "row"],
    ["a key of a row", { rows: [{ ...row, if: {} }] }, "rows[0].if"],
    ["a key of a condition", { rows: [{ ...row, when: { branch: ["x"] } }] }, "rows[0].when.branch"],
    ["a key of the settings", { rows: [row, { name: "s", set: { pushes: true } }] }, "rows[1].set.pushes"],
    ["a mode", { rows: [{ name: "r", set: { cache: "fresh" } }] }, "rows[0].set.cache"],
    ["a state of a fact", { rows: [{ ...row, when: { facts: { a: "maybe" } } }] }, "rows[0].when.facts.a"],
    ["a repository", { rows: [{ ...row, when: { repositories: ["app"] } }] }, "rows[0].when.repositories[0]"],
    ["an empty list", { rows: [{ ...row, when: { events: [] } }] }, "rows[0].when.events"],
    ["a name that stands twice", { rows: [row, row] }, "rows[1].name"],
    ["a pattern", { rows: [row, { name: "s", set: {}, when: { tags: ["v["] } }] }, "rows[1].when"],
    [
      "lists that exclude each other",
      { rows: [{ ...row, when: { paths: ["a"], pathsIgnore: ["b"] } }] },
      "rows[0].when",
    ],
    ["no rows", { rows: [] }, "rows"],
    ["no table", null, ""],
  ])("refuses %s, naming it", (_, document, path) => {
    const check = () => parseTriggerTable(document);
    expect(check).toThrow(expect.objectContaining({ code: "INVALID_DEFINITION" }));
    expect(check).toThrow(expect.objectContaining({ problems: [expect.objectContaining({ path })] }));
  });

  it("is asked of tables written in code too", () => {
    const table = { rows: [{ name: "r", when: { branch: "x" }, set: {} }] } as unknown as TriggerTable;
    expect(() => resolveTrigger(table, { name: "push" })).toThrow(
      expect.objectContaining({ code: "INVALID_DEFINITION" }),
    );
  });
});
