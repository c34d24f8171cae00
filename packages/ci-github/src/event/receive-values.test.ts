import { receiveRef } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import type { GitHubEvent } from "./github-event.ts";
import { receiveValues } from "./receive-values.ts";

const sent = (payload: Record<string, unknown>): GitHubEvent => ({ name: "repository_dispatch", type: "x", payload });
const typed = (inputs: Record<string, string>): GitHubEvent => ({ name: "workflow_dispatch", inputs });
const expected = { version: { default: "1" }, push: { pattern: /true|false/ } };

describe("receiveValues", () => {
  it("takes the payload, else the input, else the default", () => {
    expect(receiveValues(sent({ version: 3.14, push: true }), expected)).toEqual({
      version: { value: "3.14", from: "payload" },
      push: { value: "true", from: "payload" },
    });
    expect(receiveValues(typed({ version: "", push: "false" }), expected)).toEqual({
      version: { value: "1", from: "default" },
      push: { value: "false", from: "input" },
    });
    expect(receiveValues({ name: "schedule", schedule: "x" }, { version: { default: "1" } }).version.from).toBe(
      "default",
    );
  });

  it("reads what is nested under one property", () => {
    expect(receiveValues(sent({ build: { version: "2" } }), { version: {} }, { under: "build" }).version.value).toBe(
      "2",
    );
    expect(() => receiveValues(sent({ build: "x" }), { version: {} }, { under: "build" })).toThrow();
    expect(() => receiveValues(sent({}), { toString: {} })).toThrow();
  });

  it("lists all that is wrong, quoting nothing", () => {
    const problems = (event: GitHubEvent, rules: Parameters<typeof receiveValues>[1]): readonly string[] => {
      try {
        receiveValues(event, rules);
        return [];
      } catch (error) {
        expect(String(error)).not.toContain("hush");
        return (error as { problems: readonly { path: string }[] }).problems.map(({ path }) => path);
      }
    };
    const rules = { a: {}, b: {}, c: { pattern: /x|yz/ }, d: { pattern: /^ok$/gm }, e: {} };
    const payload = { a: "hush\nPATH=/evil", b: ["hush"], c: "xyz hush", d: "ok\nhush", e: "fine" };
    expect(problems(sent(payload), rules)).toEqual(["a", "b", "c", "d"]);
    expect(problems(sent({}), { a: {}, b: { default: "x" } })).toEqual(["a"]);
  });

  it("goes with core's receiveRef for a ref and its commit", () => {
    const event = sent({ relay_ref: "main", relay_sha: "a".repeat(40) });
    const payload = event.name === "repository_dispatch" ? event.payload : {};
    expect(receiveRef({ payload, defaultRef: "x", prefix: "relay_" })).toMatchObject({
      ref: "main",
      refFrom: "payload",
    });
  });
});
