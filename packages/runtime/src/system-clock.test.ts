import { instantToMs } from "@bayplan/core";
import { expect, it } from "vitest";
import { systemClock } from "./system-clock.ts";

it("shows the present, waits, and stops waiting when cancelled", async () => {
  const before = Date.now();
  await systemClock.sleep(5);
  expect(instantToMs(systemClock.now())).toBeGreaterThanOrEqual(before + 4);
  await expect(systemClock.sleep(60_000, { signal: AbortSignal.timeout(5) })).rejects.toMatchObject({
    code: "CANCELLED",
  });
  await expect(systemClock.sleep(60_000, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "CANCELLED" });
});
