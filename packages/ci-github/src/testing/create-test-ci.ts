import type { DispatchRequest } from "@bayplan/core";
import { createVirtualClock, type VirtualClock } from "@bayplan/testkit";
import type { GitHubCiOptions } from "../ci-context.ts";
import { createGitHubCi, type GitHubCi } from "../create-github-ci.ts";
import { createFakeGitHub, type FakeGitHub } from "./fake-github.ts";

/** A token that is easy to find where it must not be. */
export const testToken = "ghp_secretsecretsecretsecretsecret0000";

/** The request of most tests. */
export const testRequest: DispatchRequest = {
  workflow: "build.yml",
  ref: "main",
  inputs: { image: "numpy" },
  key: "bp-1",
  attempt: 1,
};

/** An adapter over a fake GitHub, on a clock that jumps. */
export function createTestCi(options: Partial<GitHubCiOptions> = {}): {
  ci: GitHubCi;
  github: FakeGitHub;
  clock: VirtualClock;
} {
  const clock = createVirtualClock({ auto: true });
  const github = createFakeGitHub(clock);
  const ci = createGitHubCi({
    repository: "o/n",
    token: testToken,
    fetch: github.fetch,
    clock,
    throttle: false,
    ...options,
  });
  return { ci, github, clock };
}
