import { describe, expect, it } from "vitest";
import { type GroupMember, type GroupVerdict, judgeGroup } from "./judge-group.ts";

const member = (name: string, result?: GroupMember["result"]): GroupMember => ({
  name,
  ...(result === undefined ? {} : { result }),
});

describe("judgeGroup", () => {
  it.each<[string, readonly GroupMember[], readonly string[], GroupVerdict]>([
    ["all succeeded", [member("a", "success"), member("b", "success")], [], { state: "complete", members: 2 }],
    ["one failed", [member("a", "success"), member("b", "failure")], [], { state: "failed", names: ["b"] }],
    ["one was skipped", [member("a", "skipped")], [], { state: "failed", names: ["a"] }],
    ["one was cancelled", [member("a", "cancelled")], [], { state: "failed", names: ["a"] }],
    ["one is not done", [member("a", "success"), member("b", null)], [], { state: "pending", names: ["b"] }],
    ["one says nothing", [member("a")], [], { state: "pending", names: ["a"] }],
    [
      "a failure is told before what is open",
      [member("a"), member("b", "failure")],
      [],
      { state: "failed", names: ["b"] },
    ],
    ["one is missing", [member("a", "success")], ["a", "b"], { state: "pending", names: ["b"] }],
    ["nobody", [], [], { state: "empty" }],
    ["nobody of those expected", [], ["a"], { state: "pending", names: ["a"] }],
  ])("%s", (_, members, expected, verdict) => {
    expect(judgeGroup(members, expected)).toEqual(verdict);
  });
});
