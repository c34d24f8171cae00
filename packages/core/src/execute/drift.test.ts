import { describe, expect, it } from "vitest";
import { observeState } from "../observe/observe-state.ts";
import { formatReference } from "../oci/reference.ts";
import { planRollback } from "../plan/plan-rollback.ts";
import { at, cpythonConfig, createWorld } from "../testing/cpython-world.ts";
import { states } from "../testing/outcomes.ts";
import { execute } from "./execute.ts";

const images = Object.keys(cpythonConfig.images);
const alias = at("cpython-tsan", "3.14t");

/** Nothing was written and nobody was asked to build. */
function effects(world: ReturnType<typeof createWorld>) {
  return [...world.registry.calls.filter((call) => call.startsWith("tag ")), ...world.ci.dispatched];
}

describe("a plan against a world that has moved on", () => {
  it("does nothing when somebody moved a tag, and says which one", async () => {
    const world = createWorld();
    world.publish(...images);
    const planned = world.registry.push(alias, { seed: "older" });
    const plan = await world.plan();
    const found = world.registry.push(alias, { seed: "by hand" });
    const result = await world.execute(plan);
    expect(result).toMatchObject({
      state: "stale",
      outcomes: plan.steps.map(({ id }) => ({ step: id, state: "skipped", because: "stale" })),
      drift: [
        {
          kind: "tag-moved",
          reference: alias,
          planned: { digest: planned },
          found: { digest: found },
          steps: [`tag:cpython-tsan@3.14.3t:3.14t`],
        },
      ],
    });
    expect(effects(world)).toEqual([]);
    expect(world.registry.digestOfTag(alias)).toBe(found);
  });

  it("sees a tag that was taken away, also where what it would show is not born yet", async () => {
    const world = createWorld();
    world.registry.push(alias, { seed: "older" });
    const plan = await world.plan();
    world.registry.forget(alias);
    const result = await world.execute(plan);
    expect(result).toMatchObject({ state: "stale", drift: [{ reference: alias, found: { absent: true } }] });
    expect(effects(world)).toEqual([]);
  });

  it("cannot take an alias back when a newer plan was carried out in between", async () => {
    const world = createWorld();
    world.registry.push(alias, { seed: "3.14.2" });
    const older = await world.plan();
    world.python.candidates = [...world.python.candidates, "3.14.4"];
    const newer = await world.plan();
    expect((await world.execute(newer)).state).toBe("complete");
    const before = world.registry.snapshot();
    expect(before[alias]).toBe(before[at("cpython-tsan", "3.14.4t")]);
    const result = await world.execute(older);
    expect(result.state).toBe("stale");
    expect(result.drift?.map(({ reference }) => reference)).toContain(alias);
    expect(world.registry.snapshot()).toEqual(before);
  });

  it("cannot take an alias back when the newer plan overtakes it while it waits", async () => {
    const world = createWorld();
    world.build = (request) => ({ tookMs: JSON.stringify(request.inputs).includes("3.14.4") ? 60_000 : 3_600_000 });
    const older = await world.plan();
    const running = world.execute(older);
    world.python.candidates = [...world.python.candidates, "3.14.4"];
    const newer = await world.plan();
    expect((await world.execute(newer)).state).toBe("complete");
    const newest = world.registry.digestOfTag(alias);
    const result = await running;
    expect(states(result)["tag:cpython-tsan@3.14.3t:3.14t"]).toBe("TAG_MOVED");
    expect(world.registry.digestOfTag(alias)).toBe(newest);
    expect(newest).toBe(world.registry.digestOfTag(at("cpython-tsan", "3.14.4t")));
  });

  it("is not made stale by what it did itself, wherever it was broken off", async () => {
    for (const publish of ["staged", "direct"] as const) {
      for (const broken of ["tag", "push"]) {
        for (let stopAt = 1; stopAt <= 8; stopAt += 1) {
          const world = createWorld({ ...cpythonConfig, publish });
          for (const image of images) world.registry.push(at(image, "3.14t"), { seed: "old" });
          const plan = await world.plan();
          const abort = new AbortController();
          let count = 0;
          const hit = () => {
            count += 1;
            if (count === stopAt) abort.abort();
          };
          if (broken === "tag") world.registry.onTag = hit;
          else
            world.build = ({ inputs }) => ({ push: () => [world.registry.push(inputs["destination"] ?? ""), hit()] });
          world.registry.failures.set(`tag ${at(images[stopAt % 4] ?? "", "3.14t")}`, "UNAVAILABLE");
          await world.execute(plan, { signal: abort.signal });
          world.registry.failures.clear();
          world.registry.onTag = () => {};
          const again = await world.execute(plan);
          expect([again.state, again.drift]).toEqual(["complete", undefined]);
        }
      }
    }
  });

  it("is not made stale by tags that show what it puts there, whoever did it", async () => {
    const world = createWorld();
    world.publish(...images);
    for (const image of images) world.registry.push(at(image, "3.14t"), { seed: "older" });
    const plan = await world.plan();
    expect(plan.steps.every((step) => step.kind === "tag" && "digest" in step.target)).toBe(true);
    world.publish("numpy-asan");
    world.registry.failures.set(`tag ${alias}`, "UNAVAILABLE");
    expect((await world.execute(plan)).state).toBe("partial");
    world.registry.failures.clear();
    expect(await world.execute(plan)).toMatchObject({ state: "complete" });
    expect(await world.execute(plan)).toMatchObject({ state: "complete" });
  });

  it("is not made stale by another execution of it that moves the tags while they are read", async () => {
    const world = createWorld();
    const plan = await world.plan();
    const [exact, image] = [at("cpython-tsan"), { seed: "of the other one" }];
    let isMoved = false;
    const resolve: typeof world.registry.resolve = async (reference, call) => {
      if (formatReference(reference) === alias) await new Promise(setImmediate);
      const answer = await world.registry.resolve(reference, call);
      // Right after the exact tag was read as it was, both tags move: the alias is read as it is now.
      if (!isMoved && formatReference(reference) === exact) {
        isMoved = true;
        world.registry.push(exact, image);
        world.registry.push(alias, image);
      }
      return answer;
    };
    const ports = { ...world.ports, registries: [{ ...world.registry, resolve }] };
    const result = await execute(plan, ports, { definition: world.family }).result;
    expect([isMoved, result.drift]).toEqual([true, undefined]);
    expect(states(result)["tag:numpy-asan@3.14.3t:3.14t"]).toBe("done");
  });

  it("takes nothing back once somebody has moved a tag on", async () => {
    const world = createWorld();
    for (const image of images) world.registry.push(at(image, "3.14t"), { seed: "old" });
    const plan = await world.plan();
    await world.execute(plan);
    const rollback = planRollback(plan, await observeState(world.family, world.ports), world.clock.now());
    expect(rollback.steps).toHaveLength(4);
    const byHand = world.registry.push(alias, { seed: "by hand" });
    const before = world.registry.snapshot();
    expect(await world.execute(rollback)).toMatchObject({ state: "stale", drift: [{ found: { digest: byHand } }] });
    expect(world.registry.snapshot()).toEqual(before);
    // The policy decides: the others go back, that one stays.
    expect(states(await world.execute(rollback, { onDrift: "pinned" }))).toMatchObject({
      "tag:cpython-tsan@3.14.3t:3.14t": "TAG_MOVED",
      "tag:cpython-asan@3.14.3t:3.14t": "done",
    });
  });

  it("sees that a registry was restored from yesterday: what the plan names is gone", async () => {
    const world = createWorld();
    const first = await world.plan();
    world.registry.failures.set(`tag ${at("cpython-tsan")}`, "UNAVAILABLE");
    await world.execute(first);
    world.registry.failures.clear();
    const plan = await world.plan();
    const [tag] = plan.steps.filter(({ kind }) => kind === "tag");
    const target = tag?.kind === "tag" && "digest" in tag.target ? tag.target.digest : undefined;
    world.registry.lose(`ghcr.io/o/cpython-tsan@${target}`);
    for (const onDrift of ["abort", "pinned"] as const) {
      const result = await world.execute(plan, { onDrift });
      expect(result).toMatchObject({
        state: "stale",
        drift: expect.arrayContaining([expect.objectContaining({ kind: "image-gone" })]),
      });
    }
  });

  it("refuses what has expired before it asks anybody", async () => {
    const world = createWorld();
    const plan = await world.plan();
    const asked = world.registry.calls.length;
    await world.clock.sleep(40 * 24 * 3_600_000);
    await expect(async () => world.execute(plan)).rejects.toMatchObject({ code: "PLAN_EXPIRED" });
    expect(world.registry.calls).toHaveLength(asked);
  });
});
