import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineConfig } from "../definition/parse-definition.ts";
import { BayplanError } from "../errors.ts";
import { addMs } from "../instant.ts";
import { mediaTypes } from "../oci/media-type.ts";
import { formatRepository } from "../oci/reference.ts";
import type { DeleteStep, Plan } from "../plan/plan.ts";
import { planRetention } from "../plan/plan-retention.ts";
import { evaluateRetention } from "../retention/evaluate-retention.ts";
import { readRetentionInventory } from "../retention/read-retention-inventory.ts";
import { createFakeRepository, type FakeRepository } from "../testing/retention/fake-repository.ts";
import { childrenOf, subjectsOf } from "../testing/retention/hold.ts";
import {
  type Choose,
  chooseFrom,
  numberedDigest,
  type RandomRetention,
  randomRetention,
} from "../testing/retention/random-retention.ts";
import { createVirtualClock } from "../testing/virtual-clock.ts";
import { execute } from "./execute.ts";
import type { ExecutionResult } from "./execution.ts";

const runs = Number(process.env["BAYPLAN_RETENTION_RUNS"] ?? 200);
const tape = fc.array(fc.nat(1_000_000), { minLength: 600, maxLength: 800, size: "max" });
const off = { delay: "0h", maxDeletions: {}, neverEmpty: false, keepTagged: 0 } as const;

interface World {
  readonly given: RandomRetention;
  readonly repository: FakeRepository;
  readonly plan: Plan;
  readonly choose: Choose;
  run(): Promise<ExecutionResult>;
}

function holds(check: (world: World) => Promise<void>, options: { readonly careful?: boolean } = {}): Promise<void> {
  const seed = process.env["BAYPLAN_RETENTION_SEED"];
  const property = fc.asyncProperty(tape, async (numbers) => {
    const choose = chooseFrom(numbers);
    const given = randomRetention(choose);
    const untagging = (["any", "not-the-last"] as const)[choose(2)] ?? "any";
    const repository = createFakeRepository({ ...given.inventory, untagging }, { ...options, now: given.now });
    const { registry, name } = repository;
    const inventory = await readRetentionInventory(name, registry);
    const evaluation = evaluateRetention(inventory, given.policy, given.now);
    const plan = planRetention(evaluation, given.now, { family: "app", guards: off });
    const definition = defineConfig({
      repository: formatRepository(name),
      version: { source: "none", scheme: "docker" },
      tags: ["{version}"],
      images: { app: { workflow: "build.yml" } },
      retention: given.policy,
    });
    const ports = { registries: [registry], clock: createVirtualClock(given.now) };
    const run = () => execute(plan, ports, { definition, allowDeletes: true }).result;
    await check({ given, repository, plan, choose, run });
  });
  return fc.assert(property, {
    numRuns: runs,
    ...(seed !== undefined && { seed: Number(seed) }),
    endOnFailure: process.env["BAYPLAN_RETENTION_FIRST"] !== undefined,
  });
}

const digestsIn = (repository: FakeRepository) => repository.manifests().map(({ descriptor }) => descriptor.digest);

/** Something that others do: move a tag, push an index or a signature, delete or untag something. */
function event({ repository, choose, given }: Pick<World, "repository" | "choose" | "given">, number: number): void {
  const digests = digestsIn(repository);
  const any = () => digests[choose(digests.length)] ?? numberedDigest(0);
  const tags = repository.manifests().flatMap((manifest) => manifest.tags);
  const pushed = (isIndex: boolean) => {
    const digest = numberedDigest(500 + number);
    const linked = any();
    repository.put({
      descriptor: { mediaType: isIndex ? mediaTypes.ociIndex : mediaTypes.ociManifest, digest, size: 1 },
      tags: choose(2) === 0 ? [] : [`new-${number}`],
      pushedAt: addMs(given.now, 1000),
      links: isIndex ? { state: "read", children: [linked] } : { state: "read", children: [], subject: linked },
    });
  };
  const tag = tags[choose(tags.length)] ?? "moved";
  const actions = [
    () => repository.tag(tag, any()),
    () => repository.tag(`new-${number}`, any()),
    () => pushed(true),
    () => pushed(false),
    () => repository.remove(any()),
    () => repository.untag(tag),
  ];
  actions[choose(actions.length)]?.();
}

/** What must be true of every single removal, and so wherever an execution stops. */
function checkEveryPrefix({ repository, plan }: World, options: { readonly seesReferrers: boolean }): void {
  const deletes = new Map(plan.steps.flatMap((step) => (step.kind === "delete" ? [[step.digest, step] as const] : [])));
  const untags = plan.steps.flatMap((step) => (step.kind === "untag" ? [`${step.tag} ${step.expected}`] : []));
  for (const { kind, digest, tags, before } of repository.removals) {
    const removed = before.find(({ descriptor }) => descriptor.digest === digest);
    if (kind === "untag") {
      expect(untags).toContain(`${tags[0]} ${digest}`);
      expect(removed?.tags).toContain(tags[0]);
      continue;
    }
    const step = deletes.get(digest) as DeleteStep;
    // P20, A1: planned, and with exactly the tags that the plan saw.
    expect(step).toBeDefined();
    expect([...tags].sort()).toEqual([...step.expected.tags].sort());
    // A2, A8, P12: nothing that is there contains it.
    expect(before.filter((manifest) => childrenOf(manifest).includes(digest))).toEqual([]);
    // A2, P2: what it is attached to is gone, unless that contains it or the two contradict each other.
    const subjects = removed === undefined ? [] : subjectsOf(removed);
    for (const { descriptor } of before) {
      if (!subjects.includes(descriptor.digest) || descriptor.digest === digest) continue;
      const isWaited = step.dependsOn.includes(deletes.get(descriptor.digest)?.id ?? "none");
      expect(isWaited).toBe(false);
      expect(deletes.has(descriptor.digest)).toBe(true);
    }
    // A1: nothing is attached to it that the plan did not see.
    const attached = before.filter((manifest) => subjectsOf(manifest).includes(digest));
    const unseen = attached.filter(({ descriptor }) => !step.expected.referrers?.includes(descriptor.digest));
    if (options.seesReferrers)
      expect(unseen.map(({ descriptor }) => descriptor.digest).filter((one) => one !== digest)).toEqual([]);
  }
}

describe("clean-ups of random registries", { timeout: 600_000 }, () => {
  it("A4: remove exactly what the plan says, and what is gone is done the second time", async () => {
    await holds(async (world) => {
      const { repository, plan, run } = world;
      const result = await run();
      expect(result.state).toBe("complete");
      expect(result.outcomes.filter(({ state }) => state !== "done")).toEqual([]);
      checkEveryPrefix(world, { seesReferrers: true });
      const left = new Set(digestsIn(repository));
      for (const step of plan.steps) if (step.kind === "delete") expect(left.has(step.digest)).toBe(false);
      const count = repository.removals.length;
      const again = await run();
      expect(again.outcomes.filter(({ state }) => state !== "already-done")).toEqual([]);
      expect(repository.removals.length).toBe(count);
    });
  });

  it("A1, A2, P20: are held up by whatever happened since the plan, unit by unit", async () => {
    await holds(async (world) => {
      const { repository, plan, run, choose } = world;
      for (let left = 1 + choose(4); left > 0; left -= 1) event(world, left);
      const result = await run();
      expect(result.state).toBe("complete");
      expect(result.outcomes.length).toBe(plan.steps.length);
      checkEveryPrefix(world, { seesReferrers: true });
      expect(repository.calls.indexOf("list")).toBeLessThan(
        repository.calls.findIndex((call) => /^(delete|untag) /.test(call)) + 1 || Number.POSITIVE_INFINITY,
      );
    });
  });

  it("A1, A8: leave nothing dangling, also when things happen while they go on", async () => {
    await holds(
      async (world) => {
        const { repository, run, choose } = world;
        let number = 0;
        repository.onCall = () => {
          if (choose(6) !== 0) return;
          number += 1;
          event(world, number);
        };
        const result = await run();
        expect(result.outcomes.length).toBe(world.plan.steps.length);
        checkEveryPrefix(world, { seesReferrers: false });
      },
      { careful: true },
    );
  });

  it("A9: two executions at once take turns, and remove everything once", async () => {
    await holds(async (world) => {
      const { repository, plan, run } = world;
      let under = 0;
      let together = 0;
      const { registry } = repository;
      for (const name of ["deleteManifest", "untag"] as const) {
        const remove = registry[name] as ((...given: unknown[]) => Promise<void>) | undefined;
        const watched = async (...given: unknown[]) => {
          under += 1;
          together = Math.max(together, under);
          await Promise.resolve();
          await remove?.(...given).finally(() => {
            under -= 1;
          });
        };
        if (remove !== undefined) Object.assign(registry, { [name]: watched });
      }
      const results = await Promise.all([run(), run()]);
      expect(together).toBeLessThan(2);
      expect(results.map(({ state }) => state)).toEqual(["complete", "complete"]);
      const removals = repository.removals.map(
        ({ kind, digest, tags }) => `${kind} ${digest} ${kind === "untag" ? tags[0] : ""}`,
      );
      expect(removals.length).toBe(new Set(removals).size);
      expect(removals.length).toBe(plan.steps.length);
      checkEveryPrefix(world, { seesReferrers: true });
    });
  });

  it("A5: a refusal stops its own unit and no other", async () => {
    await holds(async (world) => {
      const { repository, plan, run, choose } = world;
      const deletes = plan.steps.filter((step) => step.kind === "delete");
      const unlucky = deletes[choose(deletes.length)];
      if (unlucky === undefined) return;
      repository.onCall = (call) => {
        if (call === `delete ${unlucky.digest}`) throw new BayplanError("CONFLICT", "No.");
      };
      const { outcomes, state } = await run();
      expect(state).toBe("complete");
      const states = new Map(outcomes.map((outcome) => [outcome.step, outcome]));
      expect(states.get(unlucky.id)).toMatchObject({ state: "refused", reason: "registry-refused" });
      for (const step of plan.steps) {
        const isAfter = isBehind(step.id, unlucky.id, plan);
        const expected = isAfter ? { state: "refused", reason: "parent-kept" } : { state: "done" };
        if (step !== unlucky) expect(states.get(step.id)).toMatchObject(expected);
      }
    });
  });
});

function isBehind(id: string, first: string, plan: Plan): boolean {
  const step = plan.steps.find((one) => one.id === id);
  return step?.dependsOn.some((before) => before === first || isBehind(before, first, plan)) === true;
}
