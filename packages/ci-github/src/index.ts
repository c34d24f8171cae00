export type { GitHubCiOptions } from "./ci-context.ts";
export { createGitHubCi } from "./create-github-ci.ts";
export { attemptInTitle, formatRunKey, isRunKey } from "./run-key.ts";
