import { type DispatchRequest, isBayplanError } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { checkDispatch } from "./check-dispatch.ts";
import { testRequest } from "./testing/create-test-ci.ts";

const options = { gitRepository: "o/n", keyInput: "bayplan_key" };

function problemPaths(change: Partial<DispatchRequest>): readonly string[] {
  try {
    checkDispatch({ ...testRequest, ...change }, options);
    return [];
  } catch (error) {
    if (!isBayplanError(error) || error.code !== "INVALID_INPUT") throw error;
    return error.problems.map(({ path }) => path);
  }
}

const inputsOf = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`input${index}`, "x"]));

describe("checkDispatch", () => {
  it("adds the key to the inputs", () => {
    expect(checkDispatch(testRequest, options).inputsFor(3)).toEqual({ image: "numpy", bayplan_key: "bp-1.3" });
  });

  it.each<[Partial<DispatchRequest>, readonly string[]]>([
    [{ gitRepository: "nothing" }, ["gitRepository"]],
    [{ gitRepository: "o/.." }, ["gitRepository"]],
    [{ gitRepository: "o/n/x" }, ["gitRepository"]],
    [{ workflow: "../build.yml" }, ["workflow"]],
    [{ workflow: "build" }, ["workflow"]],
    [{ ref: "" }, ["ref"]],
    [{ ref: "a b" }, ["ref"]],
    [{ key: "a b" }, ["key"]],
    [{ attempt: 0 }, ["attempt"]],
    [{ inputs: { bayplan_key: "x" } }, ["inputs.bayplan_key"]],
    [{ inputs: { "a b": "x" } }, ["inputs.a b"]],
    [{ inputs: { flag: true } as unknown as Record<string, string> }, ["inputs.flag"]],
    [{ inputs: inputsOf(25) }, ["inputs"]],
    [{ inputs: { big: "x".repeat(65_535) } }, ["inputs"]],
    [{ ref: "", workflow: "", key: "" }, ["workflow", "key", "ref"]],
  ])("lists all problems of %j", (change, paths) => {
    expect(problemPaths(change)).toEqual(paths);
  });

  it("takes 24 inputs beside the key, and 65,000 characters", () => {
    expect(problemPaths({ inputs: inputsOf(24) })).toEqual([]);
    expect(problemPaths({ inputs: { big: "x".repeat(65_000) } })).toEqual([]);
  });
});
