import { describe, expect, it } from "vitest";
import { defineConfig } from "../definition/parse-definition.ts";
import { BayplanError } from "../errors.ts";
import { formatRepository, parseRepository } from "../oci/reference.ts";
import type { Plan } from "../plan/plan.ts";
import { planId } from "../plan/plan-id.ts";
import { planRetention } from "../plan/plan-retention.ts";
import type { RegistryAdapter } from "../ports/registry.ts";
import { evaluateRetention } from "../retention/evaluate-retention.ts";
import { createFakeRepository } from "../testing/retention/fake-repository.ts";
import { now, type SmallImage, smallRepository } from "../testing/retention/small-repository.ts";
import { createVirtualClock } from "../testing/virtual-clock.ts";
import { execute } from "./execute.ts";
import type { ExecuteOptions } from "./execute-options.ts";

const rules = [{ kind: "expire", match: { pattern: "pr-.*" } } as const];
const retention = { rules, protect: ["latest"] };

function open(images: Readonly<Record<string, SmallImage>>) {
  const small = smallRepository({ keep: { tags: ["v1"] }, ...images });
  const repository = createFakeRepository(small.inventory, { now });
  const clock = createVirtualClock(now);
  const evaluation = evaluateRetention({ ...small.inventory, repository: repository.name }, { rules }, now);
  const guards = { delay: "0h", maxDeletions: {} };
  const plan = planRetention(evaluation, now, { family: "app", guards });
  const definition = defineConfig({
    repository: formatRepository(repository.name),
    version: { source: "none", scheme: "docker" },
    tags: ["{version}"],
    images: { app: { workflow: "build.yml" } },
    retention,
  });
  const start = (registry: Partial<RegistryAdapter> = {}, options: Partial<ExecuteOptions> = {}, of: Plan = plan) =>
    execute(
      of,
      { registries: [{ ...repository.registry, ...registry }], clock },
      { definition, allowDeletes: true, ...options },
    );
  const run = async (...given: Parameters<typeof start>) => {
    const { outcomes, state } = await start(...given).result;
    return {
      state,
      outcomes: outcomes.map((one) =>
        one.state === "refused" ? one.reason : one.state === "failed" ? one.code : one.state,
      ),
    };
  };
  const effects = () => repository.calls.filter((call) => /^(delete|untag) /.test(call));
  return { ...small, repository, clock, plan, definition, start, run, effects };
}

const three = { a: { tags: ["pr-1"] }, b: { tags: ["pr-2"] }, c: { tags: ["pr-3"] } };

describe("removals", () => {
  it("A6: lists once before the first, and says what was removed", async () => {
    const { start, repository, digest } = open({ ...three, d: { tags: ["v2", "pr-4"] } });
    const { outcomes } = await start().result;
    expect(outcomes[0]).toMatchObject({ state: "done", digest: digest("d"), removed: { tags: ["pr-4"] } });
    expect(outcomes[1]).toMatchObject({ state: "done", removed: { tags: [expect.stringMatching(/^pr-/)] } });
    expect(repository.calls.filter((call) => call === "list")).toHaveLength(1);
    expect(repository.calls.indexOf("list")).toBe(0);
  });

  it.each(["INCOMPLETE", "UNAVAILABLE", "DENIED"] as const)(
    "A6: removes nothing when the list fails (%s)",
    async (code) => {
      const { run, repository, effects } = open(three);
      repository.onCall = (call) => {
        if (call === "list") throw new BayplanError(code, "No list.");
      };
      const { outcomes } = await run();
      expect(outcomes).toEqual(Array(3).fill(code));
      expect(effects()).toEqual([]);
    },
  );

  it("looks again when the look is old, and keeps what changed in between", async () => {
    const { run, repository, clock, digest } = open({
      part: {},
      index: { tags: ["pr-1"], children: ["part"] },
    });
    let isSlow = true;
    const { deleteManifest } = repository.registry;
    const slow: RegistryAdapter["deleteManifest"] = async (...given) => {
      await deleteManifest?.(...given);
      if (!isSlow) return;
      isSlow = false;
      await clock.sleep(6 * 60_000);
      repository.tag("rescued", digest("part"));
    };
    expect((await run({ deleteManifest: slow })).outcomes).toEqual(["done", "tagged-since-plan"]);
    expect(repository.calls.filter((call) => call === "list")).toHaveLength(2);
  });

  it("tries nothing more after a rate limit", async () => {
    const { run, repository, effects } = open(three);
    repository.onCall = (call) => {
      if (call.startsWith("delete") && effects().length > 1) throw new BayplanError("RATE_LIMITED", "Enough.");
    };
    expect(await run()).toEqual({ state: "complete", outcomes: ["done", "rate-limited", "rate-limited"] });
    expect(effects()).toHaveLength(2);
  });

  it("A1: keeps what another manifest of the plan was attached to by its fallback tag meanwhile", async () => {
    const { run, repository, digest, effects } = open(three);
    repository.tag(digest("a").replace(":", "-"), digest("b"));
    const { outcomes } = await run();
    expect([...outcomes].sort()).toEqual(["done", "referenced-since-plan", "tagged-since-plan"]);
    expect(effects()).toEqual([`delete ${digest("c")}`]);
  });

  it.each([
    [
      new BayplanError("UNSUPPORTED", "x", {
        problems: [{ path: "version", found: "last-tagged-version", expected: "" }],
      }),
      "last-tagged-version",
    ],
    [
      new BayplanError("UNSUPPORTED", "x", {
        problems: [{ path: "version", found: "too-many-downloads", expected: "" }],
      }),
      "too-many-downloads",
    ],
    [new BayplanError("UNSUPPORTED", "x"), "delete-unsupported"],
    [new BayplanError("TAG_MOVED", "x", { refusal: "tagged-since-plan" }), "tagged-since-plan"],
    [new BayplanError("TAG_MOVED", "x"), "changed-since-plan"],
    [new BayplanError("PLAN_STALE", "x"), "referenced-since-plan"],
    [new BayplanError("PLAN_STALE", "x", { refusal: "registry-refused" }), "registry-refused"],
    [new BayplanError("CONFLICT", "x"), "registry-refused"],
    [new BayplanError("DENIED", "x"), "DENIED"],
    [new TypeError("a bug"), "INTERNAL"],
  ])("A5: classifies %s", async (error, expected) => {
    const { run, repository } = open({ a: { tags: ["pr-1"] } });
    repository.onCall = (call) => {
      if (call.startsWith("delete")) throw error;
    };
    const isFailure = expected === "DENIED" || expected === "INTERNAL";
    expect(await run()).toEqual({ state: isFailure ? "partial" : "complete", outcomes: [expected] });
  });

  it("does not ask a registry for what it cannot do", async () => {
    const { plan, start } = open({ a: { tags: ["pr-1"] }, b: { tags: ["v2", "pr-2"] } });
    const bare = { deleteManifest: undefined, untag: undefined } as unknown as Partial<RegistryAdapter>;
    const { outcomes } = await start(bare).result;
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["untag", "delete"]);
    expect(outcomes.map((one) => one.state === "refused" && one.reason)).toEqual([
      "untag-unsupported",
      "delete-unsupported",
    ]);
  });

  it("sends many deletions together where the registry takes them, each unit after what it needs", async () => {
    const { start, repository } = open({ ...three, part: {}, index: { tags: ["pr-4"], children: ["part"] } });
    const batches: number[] = [];
    const deleteManifests: RegistryAdapter["deleteManifests"] = async (_, orders) => {
      batches.push(orders.length);
      return orders.map(({ target }) => {
        repository.remove(target.digest);
        return [target, { deleted: true }] as const;
      });
    };
    const { state } = await start({ deleteManifests }).result;
    expect([state, batches]).toEqual(["complete", [4, 1]]);
    const silent = open(three);
    expect((await silent.run({ deleteManifests: async () => [] })).outcomes).toEqual(Array(3).fill("RESPONSE_INVALID"));
    const failing: RegistryAdapter["deleteManifests"] = async () => {
      throw new BayplanError("UNAVAILABLE", "Gone away.");
    };
    expect((await open(three).run({ deleteManifests: failing })).outcomes).toEqual(Array(3).fill("UNAVAILABLE"));
  });

  it("A9: two executions at once take turns, and the second finds it done", async () => {
    const { start, repository } = open(three);
    let inside = 0;
    let most = 0;
    const { deleteManifest } = repository.registry;
    const watched: RegistryAdapter["deleteManifest"] = async (...given) => {
      inside += 1;
      most = Math.max(most, inside);
      for (let turn = 0; turn < 50; turn += 1) await undefined;
      await deleteManifest?.(...given);
      inside -= 1;
    };
    const results = await Promise.all([
      start({ deleteManifest: watched }).result,
      start({ deleteManifest: watched }).result,
    ]);
    expect(most).toBe(1);
    expect(repository.removals).toHaveLength(3);
    const states = results.flatMap(({ outcomes }) => outcomes.map(({ state }) => state)).sort();
    expect(states).toEqual([...Array(3).fill("already-done"), ...Array(3).fill("done")]);
  });

  it("stops between two removals when it is cancelled", async () => {
    const { start, repository } = open(three);
    const controller = new AbortController();
    repository.onCall = (call) => {
      if (call.startsWith("delete")) controller.abort();
    };
    const { state, outcomes } = await start({}, { signal: controller.signal }).result;
    expect(state).toBe("cancelled");
    expect(outcomes.map((one) => one.state).sort()).toEqual(["done", "skipped", "skipped"]);
  });

  it("works for a registry without an inventory, which looks by itself", async () => {
    const { start, repository, plan } = open({ ...three, part: {}, index: { tags: ["pr-4"], children: ["part"] } });
    const { inventory: _, ...bare } = repository.registry;
    const { definition, clock } = open({});
    const run = () => execute(plan, { registries: [bare], clock }, { definition, allowDeletes: true }).result;
    expect((await run()).outcomes.every(({ state }) => state === "done")).toBe(true);
    expect((await run()).outcomes.every(({ state }) => state === "already-done")).toBe(true);
    expect((await start().result).outcomes.every(({ state }) => state === "already-done")).toBe(true);
  });

  it("deletes nothing that an index which stays contains, whatever the plan says", async () => {
    const { plan, run, digest } = open({ part: {}, index: { tags: ["pr-1"], children: ["part"] } });
    const [, child] = plan.steps;
    if (child?.kind !== "delete") throw new Error("no deletion");
    const alone: Omit<Plan, "id"> = { ...plan, steps: [{ ...child, dependsOn: [] }] };
    expect(child.expected.parents).toEqual([digest("index")]);
    const forged = { ...alone, id: planId(alone) };
    expect((await run({}, {}, forged)).outcomes).toEqual(["parent-kept"]);
    expect((await run({ inventory: undefined } as never, {}, forged)).outcomes).toEqual(["parent-kept"]);
  });
});

describe("what may be removed", () => {
  const refused = expect.objectContaining({ code: "NOT_ALLOWED" });

  it("is what the caller allows, and what the definition names and does not protect", () => {
    const { start, definition, plan, digest, effects } = open(three);
    expect(() => start({}, { allowDeletes: false })).toThrow(refused);
    const { retention: own, ...silent } = definition;
    expect(() => start({}, { definition: silent })).toThrow(refused);
    for (const more of [
      { protect: ["pr-1"] },
      { pins: ["pr-1"] },
      { pins: [digest("a")] },
      { pins: [{ tag: "pr-1" }] },
      { protect: [{ pattern: "pr-[0-9]" }] },
    ])
      expect(() => start({}, { definition: { ...definition, retention: { ...own, ...more } } })).toThrow(refused);
    const moved = parseRepository("registry.test/octo/other");
    const elsewhere = { ...plan, steps: plan.steps.map((step) => ({ ...step, repository: moved })) } as Plan;
    expect(() => start({}, {}, { ...elsewhere, id: planId(elsewhere) })).toThrow(refused);
    const images = definition.images.map((image) => ({ ...image, repository: moved, copies: [image.repository] }));
    expect(() => start({}, { definition: { ...definition, images } })).not.toThrow();
    expect(effects()).toEqual([]);
  });

  it("is nothing in a plan that takes another one back", () => {
    const { start, plan } = open(three);
    const back = { ...plan, rollsBack: plan.id };
    expect(() => start({}, {}, { ...back, id: planId(back) })).toThrow(refused);
  });
});
