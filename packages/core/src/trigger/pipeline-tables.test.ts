import { describe, expect, it } from "vitest";
import {
  commitTable,
  layeredTable,
  matrixReleaseTable,
  relayedTable,
  sanitizerTable,
} from "../testing/trigger-tables.ts";
import { parseTriggerTable } from "./parse-trigger-table.ts";
import { resolveTrigger } from "./resolve-trigger.ts";
import type { TriggerEvent } from "./trigger-event.ts";
import type { TriggerTable } from "./trigger-table.ts";

/** The decisions that are not the default, in short. */
function behaviour(table: TriggerTable, event: TriggerEvent): Readonly<Record<string, unknown>> {
  const { values, rows, ...decisions } = resolveTrigger(table, event);
  const said = Object.entries({ ...decisions, ...values }).map(([name, { value }]) => [name, value] as const);
  return Object.fromEntries(said.filter(([, value]) => value !== false && value !== undefined && String(value) !== ""));
}

const main = { ref: "refs/heads/main", defaultBranch: "main" };
const files = (...paths: string[]) => ({ changes: { state: "known", paths } }) as const;
const pull = { name: "pull_request", ref: "refs/pull/7/merge", baseRef: "main", isFork: false };
const release = { name: "push", ref: "refs/tags/v1.2.3" };
const all = { build: true, test: true, push: true };

type Rows = readonly (readonly [string, TriggerEvent, Readonly<Record<string, unknown>>])[];

const sanitizer: Rows = [
  ["Monday", { name: "schedule", schedule: "0 6 * * MON", ...main }, { run: "coordinate" }],
  ["Sunday", { name: "schedule", schedule: "0 6 * * SUN", ...main }, { cleanup: ["untagged", "older-than-a-year"] }],
  [
    "another night",
    { name: "schedule", schedule: "02 3 * * SUN,WED", ...main },
    { build: true, push: true, tags: ["version", "line"] },
  ],
  ["a night nobody planned", { name: "schedule", schedule: "0 0 * * *", ...main }, {}],
  ["dispatched", { name: "workflow_dispatch", ...main }, { build: true, push: true, tags: ["version", "line"] }],
  ["dispatched elsewhere", { name: "workflow_dispatch", ref: "refs/heads/x", defaultBranch: "main" }, {}],
  ["default branch not known", { name: "workflow_dispatch", ref: "refs/heads/main" }, {}],
  ["push", { name: "push", ...main }, {}],
];

const edges = {
  build: true,
  test: true,
  cache: "isolated-fresh",
  pushCache: "isolated-fresh",
  versions: "edges",
  runtimes: "cpu",
};
const pushed = { ...all, pushCache: "read-only", versions: "all" };
const matrixRelease: Rows = [
  ["pull request", { ...pull, ...files("src/a.py") }, edges],
  [
    "pull request of docs",
    { ...pull, ...files("docs/a.md", "Dockerfile") },
    { cache: "fresh-write", pushCache: "fresh-write" },
  ],
  ["pull request, files unknown", pull, edges],
  ["pull request from a fork", { ...pull, isFork: true, ...files("VERSION") }, edges],
  ["release, nothing else known", release, { ...pushed, tags: ["version"], cache: "fresh-write" }],
  [
    "stable release, same dependencies",
    { ...release, facts: { prerelease: false, dependenciesChanged: false } },
    { ...pushed, tags: ["version"], latest: true, cache: "read-only" },
  ],
  [
    "pre-release, other dependencies",
    { name: "push", ref: "refs/tags/v0.1.0rc3", facts: { prerelease: true, dependenciesChanged: true } },
    { ...pushed, tags: ["version"], cache: "fresh-write" },
  ],
  ["tag that is none", { name: "push", ref: "refs/tags/1.2.3" }, { cache: "fresh-write", pushCache: "fresh-write" }],
  [
    "weekly",
    { name: "schedule", ...main, facts: { prerelease: false, dependenciesChanged: false } },
    { ...pushed, tags: ["dated"], cache: "fresh-write" },
  ],
  [
    "by hand",
    { name: "workflow_dispatch", ...main, inputs: { REBUILD_BASE: "false" }, facts: { dependenciesChanged: false } },
    { ...pushed, tags: ["dated"], cache: "read-only" },
  ],
  [
    "by hand, rebuild",
    { name: "workflow_dispatch", ...main, inputs: { REBUILD_BASE: true }, facts: { dependenciesChanged: false } },
    { ...pushed, tags: ["dated"], cache: "fresh-write" },
  ],
];

const layers = { build: true, push: true, tags: ["leg"], cache: "read-write", pushCache: "read-write" };
const layered: Rows = [
  ["main", { name: "push", ...main }, layers],
  ["another branch", { name: "push", ref: "refs/heads/dev" }, {}],
  ["by hand", { name: "workflow_dispatch", ...main, inputs: { push_images: "true" } }, layers],
  ["by hand, nothing said", { name: "workflow_dispatch", ...main }, layers],
  [
    "by hand, without push, on main",
    { name: "workflow_dispatch", ...main, inputs: { push_images: "false" } },
    { build: true, cache: "read-only", pushCache: "read-only" },
  ],
  ["by hand, something else", { name: "workflow_dispatch", ...main, inputs: { push_images: "no" } }, {}],
  ["pull request", pull, {}],
];

const cached = { cache: "read-write", pushCache: "read-write" };
const relayed: Rows = [
  ["own main", { name: "push", ...main }, { ...all, ...cached, tags: ["sha", "branch"] }],
  ["own branch", { name: "push", ref: "refs/heads/x" }, cached],
  ["pull request", { ...pull, ...files("Dockerfile") }, { build: true, cache: "read-only", pushCache: "read-only" }],
  ["pull request of a text", { ...pull, ...files("README.md") }, cached],
  [
    "pull request of a fork",
    { ...pull, isFork: true, ...files("README.md") },
    { cache: "read-only", pushCache: "read-only" },
  ],
  [
    "the source moved",
    { name: "repository_dispatch", type: "source-updated", ...main, facts: { sourceIsRelease: false } },
    { ...all, ...cached, tags: ["sha", "branch"] },
  ],
  [
    "the source has a release",
    { name: "repository_dispatch", type: "source-updated", ...main, facts: { sourceIsRelease: true } },
    { ...all, ...cached, tags: ["sha", "version", "line"], latest: true },
  ],
  ["something else moved", { name: "repository_dispatch", type: "other", ...main }, cached],
  ["by hand", { name: "workflow_dispatch", ...main }, { ...all, ...cached, tags: ["sha", "branch"] }],
  ["branch is gone", { name: "delete", ref: "refs/heads/j4n/foo" }, { ...cached, cleanup: ["branch-images"] }],
  ["tag is gone", { name: "delete", ref: "refs/tags/1.2.0" }, cached],
  ["weekly", { name: "schedule", ...main }, { ...cached, cleanup: ["untagged", "old-shas"] }],
];

const commit: Rows = [
  ["main", { name: "push", ...main, ...files("docker/app.py") }, { ...all, tags: ["sha"], latest: true }],
  ["main, not the image", { name: "push", ...main, ...files("README.md") }, {}],
  ["main, nobody knows what", { name: "push", ...main }, { ...all, tags: ["sha"], latest: true }],
  ["by hand", { name: "workflow_dispatch", ...main }, { ...all, tags: ["sha"] }],
  ["by hand from a branch", { name: "workflow_dispatch", ...main, ref: "refs/heads/x" }, {}],
  ["release", release, { ...all, tags: ["version"] }],
  ["release branch", { name: "push", ref: "refs/heads/release/1", ...files("docker/a") }, {}],
];

describe.each([
  ["sanitizer", sanitizerTable, sanitizer],
  ["matrix release", matrixReleaseTable, matrixRelease],
  ["layered", layeredTable, layered],
  ["relayed", relayedTable, relayed],
  ["commit", commitTable, commit],
] as const)("the %s pipeline", (_, table, rows) => {
  it.each(rows)("%s", (_name, event, expected) => {
    expect(behaviour(table, event)).toEqual(expected);
  });

  it("is a valid document, and has no row that nothing reaches", () => {
    expect(parseTriggerTable(JSON.parse(JSON.stringify(table)))).toEqual(table);
    const reached = new Set(
      rows.flatMap(([, event]) =>
        resolveTrigger(table, event)
          .rows.filter(({ applies }) => applies)
          .map(({ row }) => row),
      ),
    );
    expect(table.rows.map(({ name }) => name).filter((name) => !reached.has(name))).toEqual([]);
  });
});
