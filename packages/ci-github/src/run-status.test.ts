import { describe, expect, it } from "vitest";
import { isSameStatus, toRunStatus } from "./run-status.ts";

describe("toRunStatus", () => {
  it.each([
    ["queued", "queued"],
    ["requested", "queued"],
    ["pending", "queued"],
    ["a word of next year", "queued"],
    [null, "queued"],
    ["waiting", "waiting-for-approval"],
    ["in_progress", "running"],
  ])("%s is %s", (status, state) => {
    expect(toRunStatus({ status, conclusion: null })).toEqual({ state });
  });

  it.each([
    ["success", "success"],
    ["cancelled", "cancelled"],
    ["timed_out", "timed-out"],
    ["failure", "failure"],
    ["startup_failure", "failure"],
    ["stale", "failure"],
    ["neutral", "failure"],
    ["skipped", "failure"],
    ["action_required", "failure"],
    ["a word of next year", "failure"],
    [null, "failure"],
  ])("completed with %s is %s", (conclusion, expected) => {
    expect(toRunStatus({ status: "completed", conclusion })).toEqual({ state: "completed", conclusion: expected });
  });
});

describe("isSameStatus", () => {
  it("tells conclusions apart", () => {
    const success = { state: "completed", conclusion: "success" } as const;
    expect(isSameStatus(success, { ...success })).toBe(true);
    expect(isSameStatus(success, { state: "completed", conclusion: "failure" })).toBe(false);
    expect(isSameStatus({ state: "queued" }, { state: "running" })).toBe(false);
  });
});
