import type { TriggerTable } from "../trigger/trigger-table.ts";

// What five pipelines do on which event, as they mean it. Where one of them does something else by mistake, the row says
// what it means.

const all = { build: true, test: true, push: true } as const;

/** Scheduled builds of interpreters and what depends on them; one coordinator, one workflow per image, one clean-up. */
export const sanitizerTable: TriggerTable = {
  rows: [
    {
      name: "look for new versions",
      when: { events: ["schedule"], schedules: ["0 6 * * MON"] },
      set: { values: { run: "coordinate" } },
    },
    {
      name: "clean up weekly",
      when: { events: ["schedule"], schedules: ["0 6 * * SUN"] },
      set: { cleanup: ["untagged", "older-than-a-year"] },
    },
    {
      name: "rebuild in the night",
      when: { events: ["schedule"], schedules: ["02 3 * * SUN,WED", "02 4 * * SUN,WED"] },
      set: { build: true, push: true, tags: ["version", "line"] },
    },
    {
      name: "by the coordinator",
      when: { events: ["workflow_dispatch"], refKind: "branch", defaultBranch: true },
      set: { build: true, push: true, tags: ["version", "line"] },
    },
  ],
};

/** A release builds a full matrix, tests it, and only then pushes; a pull request builds its two edges. */
export const matrixReleaseTable: TriggerTable = {
  rows: [
    {
      name: "pull request",
      when: { events: ["pull_request"], branches: ["main"], paths: ["src/**", "docker/**", "setup.cfg", "VERSION"] },
      set: { build: true, test: true, cache: "isolated-fresh", values: { versions: "edges", runtimes: "cpu" } },
    },
    {
      name: "stable",
      when: { events: ["push"], tags: ["v*.*.*"], facts: { prerelease: "no" } },
      set: { latest: true },
    },
    { name: "asked for, or weekly", when: { events: ["schedule"] }, set: { cache: "fresh-write" } },
    {
      name: "asked for by hand",
      when: { events: ["workflow_dispatch"], inputs: { REBUILD_BASE: [true] } },
      set: { cache: "fresh-write" },
    },
    { name: "dependencies are the same", when: { facts: { dependenciesChanged: "no" } }, set: { cache: "read-only" } },
    { name: "dependencies may differ", set: { cache: "fresh-write" } },
    {
      name: "release",
      when: { events: ["push"], tags: ["v*.*.*"] },
      set: { ...all, tags: ["version"], pushCache: "read-only", values: { versions: "all" } },
    },
    {
      name: "refresh",
      when: { events: ["schedule", "workflow_dispatch"] },
      // Not the tag of a release: a refresh gets one of its own.
      set: { ...all, tags: ["dated"], pushCache: "read-only", values: { versions: "all" } },
    },
  ],
};

/** Layers of images from main; whether they are pushed is an input of the manual run. */
export const layeredTable: TriggerTable = {
  rows: [
    {
      name: "main",
      when: { events: ["push"], branches: ["main"] },
      set: { build: true, push: true, tags: ["leg"], cache: "read-write" },
    },
    {
      name: "by hand, push",
      when: { events: ["workflow_dispatch"], inputs: { push_images: [true, ""] } },
      set: { build: true, push: true, tags: ["leg"], cache: "read-write" },
    },
    {
      name: "by hand, build only",
      when: { events: ["workflow_dispatch"], inputs: { push_images: false } },
      set: { build: true, push: false, cache: "read-only" },
    },
  ],
};

/** An image whose source lives in another Git repository, which tells of its refs. */
export const relayedTable: TriggerTable = {
  rows: [
    { name: "own main", when: { events: ["push"], branches: ["main"] }, set: { ...all, tags: ["sha", "branch"] } },
    {
      name: "pull request",
      when: { events: ["pull_request"], pathsIgnore: ["**/README.md", "CHANGELOG.md"] },
      set: { build: true, cache: "read-only" },
    },
    {
      name: "a release of the source",
      when: { events: ["repository_dispatch", "workflow_dispatch"], facts: { sourceIsRelease: "yes" } },
      set: { tags: ["sha", "version", "line"], latest: true },
    },
    {
      name: "the source moved",
      when: { events: ["repository_dispatch"], types: ["source-updated"] },
      set: { ...all, tags: ["sha", "branch"] },
    },
    { name: "by hand", when: { events: ["workflow_dispatch"] }, set: { ...all, tags: ["sha", "branch"] } },
    { name: "branch is gone", when: { events: ["delete"], refKind: "branch" }, set: { cleanup: ["branch-images"] } },
    { name: "weekly", when: { events: ["schedule"] }, set: { cleanup: ["untagged", "old-shas"] } },
    { name: "read and write the cache", set: { cache: "read-write" } },
  ],
};

/** One image per commit of main that touches it, and a release per tag. */
export const commitTable: TriggerTable = {
  rows: [
    {
      name: "main",
      when: { events: ["push"], branches: ["main"], paths: ["docker/**", ".github/workflows/prod.yml"] },
      set: { ...all, tags: ["sha"], latest: true },
    },
    { name: "by hand", when: { events: ["workflow_dispatch"], defaultBranch: true }, set: { ...all, tags: ["sha"] } },
    {
      name: "release",
      when: { events: ["push"], tags: ["v*.*.*"] },
      // `latest` has one owner, and that is main.
      set: { ...all, tags: ["version"] },
    },
  ],
};
