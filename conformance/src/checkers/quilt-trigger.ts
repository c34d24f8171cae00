import { resolveTrigger, type TriggerTable } from "@bayplan/core";
import { z } from "zod";
import type { Case } from "../case-file.ts";

const files = z.array(z.string());
const Commit = z.strictObject({
  sha: z.string().optional(),
  commit: z.string().optional(),
  date: z.string().optional(),
  subject: z.string().optional(),
  files: files.optional(),
  changed_files: files.optional(),
});
const Input = z.strictObject({
  event: z.string().optional(),
  branch: z.string().optional(),
  ref: z.string().optional(),
  ref_name: z.string().optional(),
  commit: z.string().optional(),
  sha: z.string().optional(),
  paths: files.optional(),
  files: files.optional(),
  changed_files: files.optional(),
  commits: z.union([z.array(Commit), z.record(z.string(), files)]).optional(),
});

/** Which commits of a branch get an image. */
export function checkQuiltTrigger(input: unknown, row: Case): unknown {
  const { event = "push", branch, ref, ref_name, paths, commits, ...one } = Input.parse(input);
  const table: TriggerTable = {
    rows: [
      {
        name: "main",
        when: { events: ["push"], branches: ["main"], paths: paths ?? ["docker/**", ".github/workflows/prod.yml"] },
        set: { build: true },
      },
      { name: "by hand", when: { events: ["workflow_dispatch"] }, set: { build: true } },
    ],
  };
  const builds = (changed: readonly string[] | undefined): boolean =>
    resolveTrigger(table, {
      name: event,
      ref: ref ?? `refs/heads/${branch ?? ref_name ?? "main"}`,
      ...(changed === undefined ? {} : { changes: { state: "known", paths: changed } }),
    }).build.value;
  if (commits === undefined) return { builds: builds(one.changed_files ?? one.files) };
  const judged = (
    Array.isArray(commits)
      ? commits.map((commit) => ({ sha: commit.sha ?? commit.commit, files: commit.changed_files ?? commit.files }))
      : Object.entries(commits).map(([sha, changed]) => ({ sha, files: changed }))
  ).map((commit) => ({ sha: commit.sha, builds: builds(commit.files) }));
  const wanted = row.expected as Readonly<Record<string, unknown>>;
  const inWords = (key: string, isBuilt: boolean): unknown => {
    const found = judged.filter((commit) => commit.builds === isBuilt).map(({ sha }) => sha);
    return Array.isArray(wanted[key]) ? found : found.length;
  };
  return { with_image: inWords("with_image", true), without_image: inWords("without_image", false) };
}
