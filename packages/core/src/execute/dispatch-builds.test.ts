import { describe, expect, it } from "vitest";
import { BayplanError, type BayplanErrorCode } from "../errors.ts";
import { addMs, type Instant, instantToMs, parseInstant } from "../instant.ts";
import { parseReference, type TagReference } from "../oci/reference.ts";
import type { CiAdapter } from "../ports/ci.ts";
import type { Clock } from "../ports/clock.ts";
import type { RegistryAdapter, Resolution } from "../ports/registry.ts";
import { type BuildRequest, dispatchBuilds } from "./dispatch-builds.ts";
import { waitForImage } from "./wait-for-image.ts";

type Answer = Resolution["state"] | BayplanErrorCode;

const digest = `sha256:${"a".repeat(64)}`;
const tag = (text: string): TagReference => parseReference(`ghcr.io/x/${text}:1`) as TagReference;
const start = parseInstant("2026-01-01T00:00:00Z");

/** Answers by the second it is asked in; every sleep moves the clock at once. */
function createWorld(answer: (image: string, second: number) => Answer, refused: readonly string[] = []) {
  let now: Instant = start;
  const looks: number[] = [];
  const sent: [number, string][] = [];
  const second = () => (instantToMs(now) - instantToMs(start)) / 1000;
  const sleepers: { at: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: (durationMs, { signal } = {}) =>
      new Promise((wake, fail) => {
        if (signal?.aborted) fail(new BayplanError("CANCELLED", "x"));
        sleepers.push({ at: instantToMs(now) + durationMs, wake });
        setImmediate(() => {
          const next = sleepers.sort((left, right) => left.at - right.at).shift();
          if (next !== undefined && next.at > instantToMs(now)) now = addMs(now, next.at - instantToMs(now));
          next?.wake();
        });
      }),
  };
  const resolve = async ({ repository }: { repository: string }) => {
    looks.push(second());
    const state = answer(repository.slice(2), second());
    if (state === "present") return { state, descriptor: { digest, mediaType: "x", size: 1 } };
    if (state === "absent" || state === "denied-or-absent") return { state };
    throw new BayplanError(state as BayplanErrorCode, state, state === "RATE_LIMITED" ? { retryAfterMs: 45_000 } : {});
  };
  const dispatch: CiAdapter["dispatch"] = async ({ workflow }) => {
    sent.push([second(), workflow]);
    if (refused.includes(workflow)) throw new BayplanError("INVALID_INPUT", "refused");
    return { id: workflow, gitRepository: "o/n", url: "", attempt: 1 };
  };
  const registries = [{ hosts: ["ghcr.io"], resolve } as unknown as RegistryAdapter];
  return { clock, registries, looks, sent, ci: { id: "fake", dispatch } as unknown as CiAdapter };
}

const build = (id: string, more: Partial<BuildRequest> = {}): BuildRequest => ({
  id,
  dispatch: { workflow: id, ref: "main", inputs: {}, key: id, attempt: 1 },
  ...more,
});

describe("waitForImage", () => {
  it("looks at once and in intervals, through failures that pass", async () => {
    const world = createWorld((_, second) => {
      if (second >= 120) return "present";
      return second >= 90 ? "denied-or-absent" : second >= 60 ? "absent" : "UNAVAILABLE";
    });
    const waits: unknown[] = [];
    expect(await waitForImage(tag("a"), world, { onWait: (look) => waits.push(look) })).toBe(digest);
    expect(world.looks).toEqual([0, 30, 60, 90, 120]);
    expect(waits.slice(0, 3)).toEqual([
      { waitedMs: 0, code: "UNAVAILABLE" },
      { waitedMs: 30_000, code: "UNAVAILABLE" },
      { waitedMs: 60_000 },
    ]);
  });

  it.each<BayplanErrorCode>(["UNAUTHORIZED", "DENIED", "INVALID_REFERENCE"])("ends at once on %s", async (code) => {
    const world = createWorld(() => code);
    await expect(waitForImage(tag("a"), world)).rejects.toMatchObject({ code });
    expect(world.looks).toEqual([0]);
  });

  it("ends at its time, waits as long as a rate limit asks, and does not take the old image for the new one", async () => {
    const never = createWorld(() => "absent");
    const times = { timeoutMs: 100_000, intervalMs: 30_000 };
    await expect(waitForImage(tag("a"), never, times)).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(never.looks).toEqual([0, 30, 60, 90]);
    const limited = createWorld((_, second) => (second < 60 ? "RATE_LIMITED" : "present"));
    await waitForImage(tag("a"), limited);
    expect(limited.looks).toEqual([0, 45, 90]);
    const old = createWorld(() => "present");
    const options = { ...times, notDigest: digest as never };
    await expect(waitForImage(tag("a"), old, options)).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it("ends when cancelled", async () => {
    const abort = new AbortController();
    const world = createWorld(() => {
      abort.abort();
      return "absent";
    });
    await expect(waitForImage(tag("a"), world, { signal: abort.signal })).rejects.toMatchObject({ code: "CANCELLED" });
  });
});

describe("dispatchBuilds", () => {
  it("starts what waits for nothing at once, and a dependant as soon as its base shows", async () => {
    const world = createWorld((image, second) => (image === "base" && second >= 600 ? "present" : "absent"));
    const report = await dispatchBuilds(
      [build("app", { needs: ["base"], waitFor: [tag("base")] }), build("base"), build("other")],
      world,
    );
    expect(world.sent).toEqual([
      [0, "base"],
      [0, "other"],
      [600, "app"],
    ]);
    expect(report.dispatched.map(({ id }) => id)).toEqual(["app", "base", "other"]);
  });

  it("skips what needs a build that was refused, without waiting, and starts the others", async () => {
    const world = createWorld(() => "absent", ["base"]);
    const report = await dispatchBuilds(
      [
        build("base"),
        build("app", { needs: ["base"], waitFor: [tag("base")] }),
        build("top", { needs: ["app"] }),
        build("other"),
      ],
      world,
    );
    expect(report).toMatchObject({
      dispatched: [{ id: "other" }],
      failed: [{ id: "base", code: "INVALID_INPUT" }],
      skipped: [
        { id: "app", because: "base" },
        { id: "top", because: "base" },
      ],
    });
    expect(world.looks).toEqual([]);
  });

  it("lets a base that never comes hold up only what waits for it", async () => {
    const world = createWorld(() => "absent");
    const report = await dispatchBuilds([build("app", { waitFor: [tag("base")] }), build("other")], world, {
      timeoutMs: 60_000,
    });
    expect(report).toMatchObject({ dispatched: [{ id: "other" }], failed: [{ id: "app", code: "TIMEOUT" }] });
  });

  it("reports what was cancelled", async () => {
    const abort = new AbortController();
    const world = createWorld(() => {
      abort.abort();
      return "absent";
    });
    const report = await dispatchBuilds([build("other"), build("app", { waitFor: [tag("base")] })], world, {
      signal: abort.signal,
    });
    expect(report.skipped).toEqual([{ id: "app", because: "cancelled" }]);
  });

  it.each<[string, readonly BuildRequest[]]>([
    ["INVALID_INPUT", [build("a"), build("a")]],
    ["INVALID_INPUT", [build("a", { needs: ["b"] })]],
    ["CYCLE", [build("a", { needs: ["b"] }), build("b", { needs: ["a"] })]],
  ])("refuses with %s before anything is started", async (code, requests) => {
    const world = createWorld(() => "present");
    await expect(dispatchBuilds(requests, world)).rejects.toMatchObject({ code });
    expect(world.sent).toEqual([]);
  });
});
