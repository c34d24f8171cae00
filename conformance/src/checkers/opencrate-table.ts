import type { TriggerSettings, TriggerTable } from "@bayplan/core";

/** The files whose change makes the pipeline build afresh. */
export const opencrateWatch: readonly string[] = ["pyproject.toml", "setup.cfg"];

const prPaths = [
  "src/**",
  "tests/**",
  "docker/**",
  "pyproject.toml",
  "setup.cfg",
  "setup.py",
  "Makefile",
  "Makefile.ci",
];

const release: TriggerSettings = {
  build: true,
  test: true,
  push: true,
  pushCache: "read-only",
  values: { workflow: "release-docker.yml", versions: "all", runtimes: "cpu,cuda" },
};

/** What the opencrate pipeline does on which event, as its workflows mean it. */
export const opencrateTable: TriggerTable = {
  rows: [
    {
      name: "pull request",
      when: {
        events: ["pull_request"],
        branches: ["main"],
        paths: [...prPaths, "VERSION", "PYTHON_VERSIONS", ".github/workflows/check-pr.yml"],
      },
      set: {
        build: true,
        test: true,
        push: false,
        cache: "isolated-fresh",
        values: { workflow: "check-pr.yml", versions: "edges", runtimes: "cpu" },
      },
    },
    {
      name: "release tag that is stable",
      when: { events: ["push"], tags: ["v*.*.*"], facts: { prerelease: "no" } },
      set: { latest: true },
    },
    { name: "weekly", when: { events: ["schedule"] }, set: { cache: "fresh-write", values: { rebuild: "true" } } },
    {
      name: "manual rebuild",
      when: { events: ["workflow_dispatch"], inputs: { REBUILD_BASE: true } },
      set: { cache: "fresh-write", values: { rebuild: "true" } },
    },
    {
      name: "manual, no rebuild",
      when: { events: ["workflow_dispatch"], inputs: { REBUILD_BASE: false } },
      set: { values: { rebuild: "false" } },
    },
    { name: "release tag", when: { events: ["push"], tags: ["v*.*.*"] }, set: release },
    { name: "weekly release", when: { events: ["schedule", "workflow_dispatch"] }, set: release },
    {
      name: "dependencies did not change",
      when: { events: ["push", "workflow_dispatch"], facts: { dependenciesChanged: "no" } },
      set: { cache: "read-only" },
    },
    {
      name: "dependencies may have changed",
      when: { events: ["push", "workflow_dispatch"] },
      set: { cache: "fresh-write" },
    },
  ],
};
