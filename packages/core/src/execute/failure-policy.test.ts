import { describe, expect, it } from "vitest";
import type { Plan, Step } from "../plan/plan.ts";
import { drawBuild, drawStep } from "../testing/drawn-steps.ts";
import type { StepOutcome } from "./outcome.ts";
import { runSteps } from "./run-steps.ts";

/** Steps end when they are told to, or when their signal says so. */
function world(steps: readonly Step[], groups: Plan["groups"], signal?: AbortSignal) {
  const outcomes: Record<string, string> = {};
  const begun = new Map<string, (outcome: StepOutcome) => void>();
  const failedGroups: string[] = [];
  const over = runSteps(steps, {
    ...(groups === undefined ? {} : { groups }),
    ...(signal === undefined ? {} : { signal }),
    run: (step, call) =>
      new Promise((resolve) => {
        begun.set(step.id, resolve);
        const stop = () => resolve({ step: step.id, state: "skipped", because: "cancelled" });
        call.signal?.addEventListener("abort", stop, { once: true });
      }),
    onOutcome: (outcome) => {
      outcomes[outcome.step] = outcome.state === "skipped" ? `because ${outcome.because}` : outcome.state;
    },
    onGroupFailed: (group) => failedGroups.push(group),
  });
  const end = async (step: string, state: "done" | "failed", code = "X") => {
    begun.get(step)?.({ step, state, code, message: "" } as StepOutcome);
    await new Promise(setImmediate);
  };
  return { outcomes, begun, end, over, failedGroups };
}

const fast = { g: "fail-fast" } as const;

describe("a group that fails fast", () => {
  it("begins nothing any more, ends its waits and leaves other groups alone", async () => {
    const steps = [...drawBuild("a", { group: "g" }), ...drawBuild("b", { group: "g" }), ...drawBuild("other")];
    const late = drawStep("verify", "late", { group: "g", needs: ["wait:b"] });
    const { outcomes, begun, end, over, failedGroups } = world([...steps, late], fast);
    await end("b", "done");
    await end("other", "done");
    expect([...begun.keys()]).toContain("wait:b");
    await end("a", "failed");
    expect(outcomes).toMatchObject({ "wait:a": "because a", "wait:b": "because a", late: "because a" });
    expect(failedGroups).toEqual(["g"]);
    await end("wait:other", "done");
    await over;
    expect(Object.keys(outcomes)).toHaveLength(7);
    expect(outcomes["wait:other"]).toBe("done");
  });

  it("lets a dispatch that is on its way come back, so that its run can be stopped", async () => {
    const { outcomes, end, over } = world([...drawBuild("a", { group: "g" }), ...drawBuild("b", { group: "g" })], fast);
    await end("a", "failed");
    expect(outcomes["b"]).toBeUndefined();
    await end("b", "done");
    await over;
    expect(outcomes).toMatchObject({ b: "done", "wait:b": "because a" });
  });

  it("fails with a base outside of it, and not by what only waits for its next attempt", async () => {
    const steps = [
      drawStep("verify", "base"),
      drawStep("verify", "a", { group: "g", needs: ["base"] }),
      drawStep("verify", "b", { group: "g" }),
    ];
    const failing = world(steps, fast);
    await failing.end("base", "failed");
    await failing.end("b", "done");
    await failing.over;
    expect([failing.failedGroups, failing.outcomes["a"]]).toEqual([["g"], "because base"]);
    const waiting = world(steps, fast);
    waiting.begun.get("base")?.({ step: "base", state: "skipped", because: "backing-off" });
    await new Promise(setImmediate);
    await waiting.end("b", "done");
    await waiting.over;
    expect([waiting.failedGroups, waiting.outcomes["a"], waiting.outcomes["b"]]).toEqual([[], "because base", "done"]);
  });

  it("goes on moving tags once it has begun to", async () => {
    const tag = (id: string, needs: readonly string[] = []) => drawStep("tag", id, { group: "g", needs });
    const steps = [
      tag("t1"),
      tag("t2", ["t1"]),
      tag("t3", ["t2"]),
      drawStep("verify", "v", { group: "g" }),
      tag("t4", ["v"]),
    ];
    const { outcomes, end, over } = world([...steps, drawStep("verify", "w", { group: "g" })], fast);
    await end("t1", "done");
    await end("w", "failed");
    await end("v", "done");
    for (const id of ["t2", "t3", "t4"]) await end(id, "done");
    await over;
    expect(outcomes).toMatchObject({ t1: "done", t2: "done", t3: "done", t4: "done", w: "failed" });
  });

  it("moves no tag if the first move was refused", async () => {
    const verify = drawStep("verify", "v", { group: "g" });
    const tags = [drawStep("tag", "t1", { group: "g" }), drawStep("tag", "t2", { group: "g", needs: ["v"] })];
    const refused = world([verify, ...tags], fast);
    await refused.end("t1", "failed", "TAG_MOVED");
    await refused.end("v", "done");
    await refused.over;
    expect(refused.outcomes).toEqual({ t1: "failed", v: "done", t2: "because t1" });
    // Of a move that failed in any other way nobody knows whether it was made.
    const lost = world([verify, ...tags], fast);
    await lost.end("t1", "failed", "UNAVAILABLE");
    await lost.end("v", "done");
    await lost.end("t2", "done");
    await lost.over;
    expect(lost.outcomes).toEqual({ t1: "failed", v: "done", t2: "done" });
  });
});

describe("a group that is independent, or a gate", () => {
  it.each([undefined, { g: "gate" }, { g: "independent" }] as const)(
    "skips only what needs what failed: %o",
    async (groups) => {
      const steps = [...drawBuild("a", { group: "g" }), ...drawBuild("b", { group: "g" })];
      const { outcomes, end, over, failedGroups } = world(steps, groups);
      await end("a", "failed");
      await end("b", "done");
      await end("wait:b", "done");
      await over;
      expect(outcomes).toEqual({ a: "failed", "wait:a": "because a", b: "done", "wait:b": "done" });
      expect(failedGroups).toEqual([]);
    },
  );
});

describe("a stop by the signal", () => {
  it("never comes between the tag moves of a group, over all of its images", async () => {
    const abort = new AbortController();
    const tag = (id: string, needs: readonly string[]) => drawStep("tag", id, { group: "g", needs });
    const flight = drawStep("preflight", "look", { group: "g" });
    const steps = [
      flight,
      tag("a:1", ["look"]),
      tag("b:1", ["a:1"]),
      tag("a:latest", ["b:1"]),
      drawStep("verify", "v"),
      drawStep("verify", "w", { needs: ["v"] }),
    ];
    const { outcomes, begun, end, over } = world(steps, { g: "gate" }, abort.signal);
    await end("look", "done");
    // The first tag is on its way: nobody knows yet whether it shows.
    expect(begun.has("a:1")).toBe(true);
    abort.abort();
    await new Promise(setImmediate);
    for (const id of ["a:1", "b:1", "a:latest"]) await end(id, "done");
    await over;
    expect(outcomes).toMatchObject({
      "a:1": "done",
      "b:1": "done",
      "a:latest": "done",
      v: "because cancelled",
      w: "because cancelled",
    });
  });

  it("accounts for every step, whenever it comes", async () => {
    for (let at = 0; at < 6; at += 1) {
      const abort = new AbortController();
      const steps = ["a", "b", "c"].flatMap((id, place) =>
        drawBuild(id, { needs: place === 0 ? [] : [`wait:${"abc"[place - 1]}`] }),
      );
      const { outcomes, end, over } = world(steps, undefined, abort.signal);
      for (const { id } of steps.slice(0, at)) await end(id, "done");
      abort.abort();
      await over;
      expect(Object.keys(outcomes)).toHaveLength(6);
    }
  });
});

describe("what was refused", () => {
  it("is the end of the removals that belong to it, and skips the rest", async () => {
    const steps = [
      drawStep("untag", "u"),
      drawStep("delete", "d", { needs: ["u"] }),
      drawStep("verify", "v", { needs: ["u"] }),
    ];
    const { outcomes, begun, over } = world(steps, undefined);
    begun.get("u")?.({ step: "u", state: "refused", reason: "registry-refused", message: "" });
    await over;
    expect(outcomes).toEqual({ u: "refused", d: "refused", v: "because u" });
  });
});
