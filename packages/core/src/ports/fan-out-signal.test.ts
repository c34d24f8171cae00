import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { fanOutSignal } from "./fan-out-signal.ts";

describe("fanOutSignal", () => {
  it("listens once, however many calls run, and not at all after it was closed", async () => {
    const caller = new AbortController();
    const fan = fanOutSignal(caller.signal);
    const calls = Array.from({ length: 50 }, () => fan.run(untilAborted));
    expect(getEventListeners(caller.signal, "abort")).toHaveLength(1);
    caller.abort("enough");
    expect(await Promise.all(calls)).toEqual(Array(50).fill("enough"));
    fan.close();
    expect(getEventListeners(caller.signal, "abort")).toHaveLength(0);
  });

  it("hands out aborted signals after the caller aborted, and none to who has none", async () => {
    const fan = fanOutSignal(AbortSignal.abort("late"));
    expect(await fan.run(untilAborted)).toBe("late");
    expect(await fanOutSignal(undefined).run(async (call) => "signal" in call)).toBe(false);
  });
});

function untilAborted({ signal }: { readonly signal?: AbortSignal }): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve(signal.reason);
    signal?.addEventListener("abort", () => resolve(signal.reason));
  });
}
