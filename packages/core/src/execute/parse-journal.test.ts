import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createWorld } from "../testing/cpython-world.ts";
import { createMemoryJournal } from "../testing/memory-journal.ts";
import { execute } from "./execute.ts";
import { parseJournal } from "./parse-journal.ts";

async function realEntries() {
  const world = createWorld();
  world.build = (request) => (request.workflow === "numpy.yml" ? { conclusion: "failure" } : {});
  const journal = createMemoryJournal();
  const plan = await world.plan();
  await execute(plan, { ...world.ports, journal }, { definition: world.family }).result;
  return journal.entries;
}
const textOf = (entries: readonly unknown[]) => entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");

describe("parseJournal", () => {
  it("gives back what was written", async () => {
    const entries = await realEntries();
    expect(parseJournal(textOf(entries))).toEqual({ entries, damaged: [], damagedLines: 0 });
  });

  it("reads everything but the last line, wherever a process was killed in it", async () => {
    const entries = (await realEntries()).slice(0, 3);
    const text = textOf(entries);
    const whole = textOf(entries.slice(0, 2));
    for (let length = whole.length + 1; length < text.length - 1; length += 1) {
      const parsed = parseJournal(text.slice(0, length));
      expect(parsed.entries).toEqual(entries.slice(0, 2));
      expect(parsed.damaged).toEqual([{ line: 3, kind: "torn" }]);
    }
    // Only the line break is missing: the entry is whole.
    expect(parseJournal(text.slice(0, -1)).entries).toEqual(entries);
  });

  it("goes on behind a torn line of an earlier process, and behind empty ones", async () => {
    const [first, second] = (await realEntries()).map((entry) => JSON.stringify(entry));
    const parsed = parseJournal(`${first}\n${second?.slice(0, 20)}\n\n${second}\n`);
    expect(parsed.entries).toHaveLength(2);
    expect(parsed.damaged).toEqual([{ line: 2, kind: "garbage" }]);
  });

  it("tells entries of a newer version by their lines", async () => {
    const [first] = await realEntries();
    const newer = { ...first, formatVersion: 2, event: "something" };
    expect(parseJournal(textOf([newer, first])).damaged).toEqual([{ line: 1, kind: "newer" }]);
  });

  it.each([
    ["a step without its group", { event: "step-begun", group: undefined }],
    ["a time that is none", { at: "yesterday" }],
    ["a number that is none", { seq: 0 }],
    ["an event of nobody", { event: "jumped" }],
    ["a digest that is none", { plan: "sha256:1" }],
    ["a text without end", { execution: "x".repeat(5000) }],
  ])("refuses %s", async (_, change) => {
    const entries = await realEntries();
    const step = entries.find(({ event }) => event === "step-begun");
    const parsed = parseJournal(textOf([{ ...step, ...change }]));
    expect(parsed.entries).toEqual([]);
    expect(parsed.damaged).toEqual([{ line: 1, kind: "garbage" }]);
  });

  it("reads any text without throwing, and counts every line once", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.json(), fc.string())), (lines) => {
        const text = lines.map((line) => `${line}\n`).join("");
        const parsed = parseJournal(text);
        expect(parsed.entries).toEqual([]);
        const filled = text.split("\n").filter((line) => line.trim() !== "");
        expect(parsed.damagedLines).toBe(filled.length);
        expect(parsed.damaged.length).toBeLessThanOrEqual(100);
      }),
    );
  });

  it("does not look into a line that is longer than any entry", async () => {
    const [first] = await realEntries();
    const long = JSON.stringify({ ...first, more: "x".repeat(200_000) });
    expect(parseJournal(`${long}\n`).damaged).toEqual([{ line: 1, kind: "garbage" }]);
  });
});
