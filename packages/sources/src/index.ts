export { createFixedListSource } from "./create-fixed-list-source.ts";
export { createGitHubReleasesSource, type GitHubReleasesSourceOptions } from "./create-github-releases-source.ts";
export { createPythonOrgSource, type PythonOrgSourceOptions } from "./create-python-org-source.ts";
export type { SourceTransport } from "./read-json.ts";
