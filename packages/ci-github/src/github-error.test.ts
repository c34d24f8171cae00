import { parseInstant } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { githubError, type RefusedAnswer } from "./github-error.ts";

const now = parseInstant("2026-01-01T00:00:00Z");
const nowSeconds = Date.parse(now) / 1000;
const doing = { what: "Dispatching", permission: "actions: write" } as const;
const errorOf = (status: number, message: string, headers: RefusedAnswer["headers"] = {}) =>
  githubError({ status, headers, data: { message } }, { doing, now, token: "plain-text" });

describe("githubError", () => {
  it.each([
    [400, "Unsupported API version", "INVALID_INPUT"],
    [401, "Bad credentials", "UNAUTHORIZED"],
    [403, "Resource not accessible by integration", "DENIED"],
    [403, "Resource not accessible by personal access token", "DENIED"],
    [404, "Not Found", "NOT_FOUND"],
    [408, "", "UNAVAILABLE"],
    [409, "Conflict", "CONFLICT"],
    [418, "teapot", "RESPONSE_INVALID"],
    [422, "Workflow does not have 'workflow_dispatch' trigger", "INVALID_INPUT"],
    [422, "No ref found for: x", "INVALID_INPUT"],
    [422, 'Unexpected inputs provided: ["a"]', "INVALID_INPUT"],
    [422, "Required input 'a' not provided", "INVALID_INPUT"],
    [422, "Provided value 'x' for input 'a' not in the list of allowed values", "INVALID_INPUT"],
    [422, "something new", "INVALID_INPUT"],
    [500, "", "UNAVAILABLE"],
    [503, "", "UNAVAILABLE"],
  ])("%s %j is %s", (status, message, code) => {
    const error = errorOf(status, message);
    expect(error).toMatchObject({ code, status });
    expect(error.retryAfterMs).toBeUndefined();
    expect(error.message).toContain(message);
  });

  it.each<[number, string, RefusedAnswer["headers"], number]>([
    [429, "", {}, 60_000],
    [429, "", { "retry-after": "30" }, 30_000],
    [403, "You have exceeded a secondary rate limit", {}, 60_000],
    [403, "You have exceeded a secondary rate limit", { "retry-after": "90" }, 90_000],
    [403, "API rate limit exceeded", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": nowSeconds + 600 }, 600_000],
    [403, "", { "x-ratelimit-remaining": 0, "x-ratelimit-reset": `${nowSeconds + 60}` }, 60_000],
    [403, "", { "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" }, 60_000],
  ])("%s %j with %j is a rate limit of %s ms", (status, message, headers, retryAfterMs) => {
    expect(errorOf(status, message, headers)).toMatchObject({ code: "RATE_LIMITED", retryAfterMs });
  });

  it("does not take a refusal for a rate limit because the remaining budget is shown", () => {
    const headers = { "x-ratelimit-remaining": "4999", "x-ratelimit-reset": nowSeconds + 600 };
    expect(errorOf(403, "Resource not accessible", headers)).toMatchObject({ code: "DENIED" });
  });

  it.each([
    [403, "Resource not accessible by integration", {}, "permissions: actions: write"],
    [
      403,
      "Resource protected by organization SAML enforcement",
      { "x-github-sso": "required; url=x" },
      "single sign-on",
    ],
    [403, "", { "x-accepted-github-permissions": "actions=write" }, "GitHub accepts: actions=write"],
    [422, "Workflow does not have 'workflow_dispatch' trigger", {}, "default branch"],
    [422, "No ref found for: x", {}, "`ref`"],
    [422, 'Unexpected inputs provided: ["a"]', {}, "on.workflow_dispatch.inputs"],
  ])("says what to do about %s %j", (status, message, headers, advice) => {
    expect(errorOf(status, message, headers).message).toContain(advice);
  });

  it("quotes what GitHub said, with its list of errors, without the token and not endlessly", () => {
    const data = { message: "Invalid plain-text", errors: [{ field: "ref" }, "x".repeat(10_000)] };
    const { message } = githubError({ status: 422, headers: {}, data }, { doing, now, token: "plain-text" });
    expect(message).toContain("ref");
    expect(message).not.toContain("plain-text");
    expect(message.length).toBeLessThan(700);
    expect(githubError({ status: 502, headers: {}, data: "<html>" }, { doing, now, token: "t" }).code).toBe(
      "UNAVAILABLE",
    );
  });
});
