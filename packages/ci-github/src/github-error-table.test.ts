import { parseInstant } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { githubError, type RefusedAnswer } from "./github-error.ts";

const now = parseInstant("2026-01-01T00:00:00Z");
const doing = { what: "Dispatching build.yml of o/n", permission: "actions: write" } as const;
const errorOf = (status: number, message: string, headers: RefusedAnswer["headers"] = {}) =>
  githubError({ status, headers, data: { message } }, { doing, now, token: "plain", tokenName: "DISPATCH_TOKEN" });

// One test for each row of the table of meanings, with what the reader needs to act on it: a secret, a permission, an
// input or the time to wait.
describe("what an answer of GitHub means", () => {
  it("400 unknown field or API version: an old GHES", () => {
    const error = errorOf(400, "Unsupported API version: 2026-03-10.");
    expect(error).toMatchObject({ code: "INVALID_INPUT", status: 400 });
    expect(error.message).toContain("apiVersion 2022-11-28");
  });

  it("401 Bad credentials: the token is invalid, and which secret it is", () => {
    const error = errorOf(401, "Bad credentials");
    expect(error).toMatchObject({ code: "UNAUTHORIZED", status: 401 });
    expect(error.message).toContain("DISPATCH_TOKEN");
  });

  it.each(["integration", "personal access token"])(
    "403 Resource not accessible by %s: a permission is missing",
    (by) => {
      const error = errorOf(403, `Resource not accessible by ${by}`);
      expect(error).toMatchObject({ code: "DENIED", status: 403 });
      for (const word of ["permissions: actions: write", "Actions: write", "DISPATCH_TOKEN"]) {
        expect(error.message).toContain(word);
      }
    },
  );

  it("403 for a repository_dispatch: the permission is contents, not actions", () => {
    const contents = { what: "Telling o/n", permission: "contents: write" } as const;
    const data = { message: "Resource not accessible by integration" };
    const error = githubError({ status: 403, headers: {}, data }, { doing: contents, now, token: "plain" });
    expect(error.code).toBe("DENIED");
    expect(error.message).toContain("permissions: contents: write");
    expect(error.message).toContain("Contents: write");
  });

  it("403 single sign-on: the token is not authorised for it", () => {
    const error = errorOf(403, "Resource protected by organization SAML enforcement.", {
      "x-github-sso": "required; url=https://github.com/orgs/o/sso",
    });
    expect(error.code).toBe("DENIED");
    expect(error.message).toContain("DISPATCH_TOKEN for the organisation's single sign-on");
  });

  it.each<[string, RefusedAnswer["headers"], string, number]>([
    ["x-ratelimit-remaining: 0", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767225900" }, "", 300_000],
    ["retry-after", { "retry-after": "7" }, "", 7000],
    ["the message of a secondary limit", {}, "You have exceeded a secondary rate limit.", 60_000],
  ])("403 with %s: a rate limit, not a permission", (_, headers, message, retryAfterMs) => {
    expect(errorOf(403, message, headers)).toMatchObject({ code: "RATE_LIMITED", status: 403, retryAfterMs });
  });

  it("403 a run that is too old to be run again: a new one is to be dispatched", () => {
    const said = "Unable to retry this workflow run because it was created over a month ago";
    expect(errorOf(403, said)).toMatchObject({ code: "CONFLICT", status: 403 });
  });

  it("404 Not Found: missing, or invisible to the token", () => {
    const error = errorOf(404, "Not Found");
    expect(error).toMatchObject({ code: "NOT_FOUND", status: 404 });
    expect(error.message).toContain("DISPATCH_TOKEN has access to this repository with Actions: write");
  });

  it("409 cancel: the run is not in a state to be cancelled", () => {
    expect(errorOf(409, "Cannot cancel a workflow run that is completed.")).toMatchObject({ code: "CONFLICT" });
  });

  it.each<[string, string, string, readonly string[]]>([
    ["no workflow_dispatch trigger", "Workflow does not have 'workflow_dispatch' trigger", "on: workflow_dispatch", []],
    ["no ref", "No ref found for: nowhere", "Push the branch or tag", ["ref"]],
    [
      "unexpected inputs",
      'Unexpected inputs provided: ["colour", "size"]',
      "Declare these inputs",
      ["inputs.colour", "inputs.size"],
    ],
    ["a required input is missing", "Required input 'version' not provided", "Give this input", ["inputs.version"]],
    [
      "a value that is not in the list",
      "Provided value 'x' for input 'image' not in the list of allowed values",
      "one of the options",
      ["inputs.image"],
    ],
    [
      "a workflow that cannot be parsed",
      "failed to parse workflow: (Line: 3, Col: 5): you may only define up to 25 inputs for a workflow_dispatch event",
      "up to 25 inputs",
      [],
    ],
    ["a workflow that is disabled", "Cannot trigger a 'workflow_dispatch' on a disabled workflow", "Enable", []],
    ["something new", "Something new", "Check the ref", []],
  ])("422 %s: permanent", (_, said, advice, paths) => {
    const error = errorOf(422, said);
    expect(error).toMatchObject({ code: "INVALID_INPUT", status: 422 });
    expect(error.retryAfterMs).toBeUndefined();
    expect(error.message).toContain(advice);
    expect(error.problems.map(({ path }) => path)).toEqual(paths);
  });

  it.each<[string, RefusedAnswer["headers"], number]>([
    ["retry-after", { "retry-after": "30" }, 30_000],
    ["x-ratelimit-reset", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767225720" }, 120_000],
    ["nothing", {}, 60_000],
  ])("429 too many requests, waiting by %s", (_, headers, retryAfterMs) => {
    expect(errorOf(429, "too many requests", headers)).toMatchObject({ code: "RATE_LIMITED", retryAfterMs });
  });

  it.each([500, 502, 503, 504])("%i: GitHub itself fails, and will not for ever", (status) => {
    expect(errorOf(status, "")).toMatchObject({ code: "UNAVAILABLE", status });
  });
});
