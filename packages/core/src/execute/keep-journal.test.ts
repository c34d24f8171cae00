import { describe, expect, it } from "vitest";
import { BayplanError } from "../errors.ts";
import type { Journal, JournalEntry } from "../ports/journal.ts";
import { at, createWorld } from "../testing/cpython-world.ts";
import { createMemoryJournal } from "../testing/memory-journal.ts";
import { execute } from "./execute.ts";

async function run(journal: Journal, prepare: (world: ReturnType<typeof createWorld>) => void = () => {}) {
  const world = createWorld();
  prepare(world);
  const plan = await world.plan();
  const ports = { ...world.ports, journal };
  const result = await execute(plan, ports, { definition: world.family }).result;
  return { world, plan, result };
}

const ends = (entries: readonly JournalEntry[]) =>
  entries.flatMap((entry) => (entry.event === "step-ended" ? [entry] : []));

describe("the journal of an execution", () => {
  it("has one entry for each transition, numbered, in the order of the outcomes", async () => {
    const journal = createMemoryJournal();
    const { plan, result } = await run(journal);
    const { entries } = journal;
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    expect(entries[0]).toMatchObject({ event: "begun", plan: plan.id, family: plan.family, steps: plan.steps.length });
    expect(entries.at(-1)).toMatchObject({ event: "over", state: "complete" });
    expect(new Set(entries.map(({ execution }) => execution)).size).toBe(1);
    expect(ends(entries).map(({ step }) => step)).toEqual(result.outcomes.map(({ step }) => step));
    for (const { step, seq } of ends(entries)) {
      const begun = entries.filter((entry) => entry.event === "step-begun" && entry.step === step);
      expect(begun).toHaveLength(1);
      expect(begun[0]?.seq).toBeLessThan(seq);
    }
    expect(result.journalError).toBeUndefined();
  });

  it("says of a tag from what to what, and of a build where its run is", async () => {
    const journal = createMemoryJournal();
    const { world, result } = await run(journal);
    const tag = ends(journal.entries).find(({ action, where }) => action === "tag" && where === at("numpy-tsan"));
    const digest = world.registry.digestOfTag(at("numpy-tsan"));
    expect(tag).toMatchObject({ action: "tag", result: "done", from: { absent: true }, to: digest });
    const runs = result.outcomes.flatMap((outcome) => ("run" in outcome && outcome.run ? [outcome.run.url] : []));
    expect(runs.length).toBeGreaterThan(0);
    expect(ends(journal.entries).flatMap(({ run: url }) => url ?? [])).toEqual(runs);
  });

  it("has failures with their codes and what was skipped because of them", async () => {
    const journal = createMemoryJournal();
    await run(journal, (world) => {
      world.build = (request) => (request.workflow === "cpython.yml" ? { conclusion: "failure" } : {});
    });
    const codes = ends(journal.entries).map(({ result, code }) => `${result} ${code}`);
    expect(codes).toContain("failed RUN_FAILED");
    expect(codes.filter((text) => text.startsWith("skipped await:cpython-tsan")).length).toBeGreaterThan(2);
    expect(journal.entries.at(-1)).toMatchObject({ event: "over", state: "partial" });
  });

  it("notes that the execution was told to stop", async () => {
    const journal = createMemoryJournal();
    const world = createWorld();
    const plan = await world.plan();
    const stop = new AbortController();
    const options = { definition: world.family, signal: stop.signal, onProgress: () => stop.abort() };
    await execute(plan, { ...world.ports, journal }, options).result;
    expect(journal.entries.filter(({ event }) => event === "cancelled")).toHaveLength(1);
    expect(journal.entries.at(-1)).toMatchObject({ event: "over", state: "cancelled" });
  });

  it("notes that it was told to stop before it began", async () => {
    const journal = createMemoryJournal();
    const world = createWorld();
    const options = { definition: world.family, signal: AbortSignal.abort() };
    const plan = await world.plan();
    await execute(plan, { ...world.ports, journal }, options).result;
    expect(journal.entries.filter(({ event }) => event === "cancelled")).toHaveLength(1);
    expect(ends(journal.entries).map(({ result }) => result)).toEqual(plan.steps.map(() => "skipped"));
  });

  it("is told apart from another execution at the same instant by who writes", async () => {
    const journals = ["a", "b"].map((writer) => ({ ...createMemoryJournal(), writer }));
    await Promise.all(journals.map((journal) => run(journal)));
    const names = journals.map(({ entries }) => entries[0]?.execution);
    expect(names[0]).not.toBe(names[1]);
  });
});

describe("a journal that does not work", () => {
  it.each([
    ["throws", () => Promise.reject(new BayplanError("UNAVAILABLE", "The disk is full.")), "UNAVAILABLE"],
    ["throws something else", () => Promise.reject(new TypeError("no")), "INTERNAL"],
    [
      "throws at once",
      () => {
        throw new BayplanError("DENIED", "no");
      },
      "DENIED",
    ],
    ["never answers", () => new Promise<void>(() => {}), "TIMEOUT"],
  ] as const)("%s: the release is the same, and the result says so", async (_, append, code) => {
    const { result, world } = await run({ append });
    const good = await run(createMemoryJournal());
    expect(result.state).toBe("complete");
    expect(result.outcomes.map(({ step }) => step)).toEqual(good.result.outcomes.map(({ step }) => step));
    expect(world.registry.snapshot()).toEqual(good.world.registry.snapshot());
    expect(result.journalError).toBe(code);
  });

  it("gets the entries that follow a failure: what is lost shows as a gap", async () => {
    const journal = createMemoryJournal();
    let calls = 0;
    const { result } = await run({
      append: async (entry) => {
        calls += 1;
        if (calls === 3) throw new BayplanError("UNAVAILABLE", "The disk is full.");
        await journal.append(entry);
      },
    });
    expect(result.journalError).toBe("UNAVAILABLE");
    expect(journal.entries.map(({ seq }) => seq)).not.toContain(3);
    expect(journal.entries.at(-1)).toMatchObject({ event: "over" });
  });

  it("that is slow gets one entry after the other, and holds up nothing", async () => {
    let inside = 0;
    const kept: number[] = [];
    const world = createWorld();
    const plan = await world.plan();
    const journal: Journal = {
      async append({ seq }) {
        inside += 1;
        expect(inside).toBe(1);
        await world.clock.sleep(1);
        inside -= 1;
        kept.push(seq);
      },
    };
    const result = await execute(plan, { ...world.ports, journal }, { definition: world.family }).result;
    expect(result).toMatchObject({ state: "complete" });
    expect(kept).toEqual(kept.map((_, index) => index + 1));
    expect(kept).toHaveLength(2 * plan.steps.length + 2);
  });
});
