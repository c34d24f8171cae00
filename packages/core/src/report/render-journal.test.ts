import { describe, expect, it } from "vitest";
import { execute } from "../execute/execute.ts";
import type { JournalEntry } from "../ports/journal.ts";
import { at, createWorld } from "../testing/cpython-world.ts";
import { createMemoryJournal } from "../testing/memory-journal.ts";
import { renderJournal } from "./render-journal.ts";
import { summariseJournal } from "./summarise-journal.ts";

const tag = "tag:cpython-tsan@3.14.3t";

async function executed() {
  const world = createWorld();
  const plan = await world.plan();
  const run = async () => {
    const journal = createMemoryJournal();
    await world.clock.sleep(1000);
    await execute(plan, { ...world.ports, journal }, { definition: world.family }).result;
    return journal.entries;
  };
  return { world, plan, run, entries: await run() };
}

/** The entries of a process that was killed after this one. */
function until(entries: readonly JournalEntry[], event: JournalEntry["event"], step: string): readonly JournalEntry[] {
  const place = entries.findIndex((entry) => entry.event === event && "step" in entry && entry.step === step);
  expect(place).toBeGreaterThan(0);
  return entries.slice(0, place + 1);
}

describe("what a journal says is half done", () => {
  it("is nothing of an execution that came to its end", async () => {
    const { entries, plan } = await executed();
    const summary = summariseJournal(entries, [plan]);
    expect(summary.halfDone).toEqual([]);
    expect(summary.executions).toMatchObject([{ state: "complete", open: [], lost: 0, isCancelled: false }]);
  });

  it("is a group whose first tag was written when the process was killed", async () => {
    const { entries, plan, world } = await executed();
    const killed = until(entries, "step-ended", `${tag}:3.14.3t`);
    const [group, ...others] = summariseJournal(killed, [plan]).halfDone;
    expect(others).toEqual([]);
    const digest = world.registry.digestOfTag(at("cpython-tsan"));
    expect(group).toMatchObject({ group: "cpython-tsan@3.14.3t", unsure: [] });
    expect(group?.moved).toMatchObject([{ where: at("cpython-tsan"), from: { absent: true }, to: digest }]);
    expect(group?.left).toMatchObject([{ where: at("cpython-tsan", "3.14t") }]);
    // Nobody but the plan knows of a tag that no step got to.
    expect(summariseJournal(killed).halfDone).toEqual([]);
  });

  it("is a tag that was being written: it shows the one or the other", async () => {
    const { entries, plan } = await executed();
    const killed = until(entries, "step-begun", `${tag}:3.14.3t`);
    const summary = summariseJournal(killed, [plan]);
    expect(summary.halfDone).toMatchObject([{ moved: [], unsure: [{ where: at("cpython-tsan") }] }]);
    expect(summary.executions[0]?.open.map(({ step }) => step)).toContain(`${tag}:3.14.3t`);
    expect(summary.executions[0]).not.toHaveProperty("state");
  });

  it("is whole again after the plan was executed once more", async () => {
    const { entries, plan, run } = await executed();
    const killed = until(entries, "step-begun", `${tag}:3.14t`);
    expect(summariseJournal(killed, [plan]).halfDone).toHaveLength(1);
    const summary = summariseJournal([...killed, ...(await run())], [plan]);
    expect(summary.halfDone).toEqual([]);
    expect(summary.executions.map(({ state }) => state)).toEqual([undefined, "complete"]);
  });

  it("stays half done when the next execution does not get to the tag", async () => {
    const { entries, plan, world, run } = await executed();
    const killed = until(entries, "step-begun", `${tag}:3.14t`);
    world.registry.push(at("cpython-tsan", "3.14t"), { seed: "somebody else's" });
    const summary = summariseJournal([...killed, ...(await run())], [plan]);
    expect(summary.halfDone.map(({ group }) => group)).toEqual(["cpython-tsan@3.14.3t"]);
  });

  it("counts entries that were lost", async () => {
    const { entries } = await executed();
    expect(summariseJournal(entries.filter(({ seq }) => seq !== 3)).executions[0]?.lost).toBe(1);
  });
});

describe("renderJournal", () => {
  it("shows in text what happened in which order, then what is half done and what to do", async () => {
    const { entries, plan } = await executed();
    const killed = until(entries, "step-begun", `${tag}:3.14t`);
    const text = renderJournal(killed, "text", { plans: [plan] });
    const order = [
      "begins cpython",
      "done: build",
      "done: tag",
      "began and did not end",
      "Half done",
      "is there",
      "one or other",
    ];
    const places = order.map((part) => text.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((left, right) => left - right));
    expect(text).toContain("Execute the same plan again");
    expect(renderJournal(entries, "text", { plans: [plan] })).not.toContain("Half done");
    expect(renderJournal([], "text")).toContain("empty");
  });

  it("gives machines the same as data", async () => {
    const { entries, plan } = await executed();
    const killed = until(entries, "step-begun", `${tag}:3.14t`);
    expect(JSON.parse(renderJournal(killed, "json", { plans: [plan] }))).toEqual(
      JSON.parse(JSON.stringify(summariseJournal(killed, [plan]))),
    );
  });

  it("lets no text of a journal become markup or a line of its own, and keeps to its bytes", async () => {
    const { entries, plan } = await executed();
    const evil = "x\n::error::|<img>\u2028[a](b)";
    const hostile = entries.map((entry) => ({ ...entry, execution: evil, where: evil, code: evil }) as JournalEntry);
    const text = renderJournal(hostile, "text");
    expect(text.split("\n").every((line) => !line.startsWith("::"))).toBe(true);
    const markdown = renderJournal(hostile, "markdown", { plans: [plan], maxBytes: 3000 });
    expect(markdown).not.toContain("<img>");
    expect(markdown).not.toContain("[a](b)");
    expect(new TextEncoder().encode(markdown).length).toBeLessThanOrEqual(3000);
    expect(markdown).toContain("lines are left out");
  });
});
