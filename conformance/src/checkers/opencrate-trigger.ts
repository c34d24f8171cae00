import {
  type CacheMode,
  type CacheUse,
  type ChangedPaths,
  cacheUse,
  chooseCacheMode,
  compileWorkflowFilter,
  createVersionScheme,
  detectChanges,
  formatInputFlag,
  parseInputFlag,
  resolveTrigger,
  type TriggerEvent,
} from "@bayplan/core";
import { z } from "zod";
import type { Case } from "../case-file.ts";
import { opencrateTable, opencrateWatch } from "./opencrate-table.ts";

const Filter = z.strictObject({
  tag: z.string().optional(),
  branch: z.string().optional(),
  filters: z.array(z.string()).optional(),
  filters_ignore: z.array(z.string()).optional(),
  changed_files: z.array(z.string()).nullable().optional(),
  paths: z.array(z.string()).optional(),
  paths_ignore: z.array(z.string()).optional(),
  commit: z.string().optional(),
});
const flag = z.union([z.string(), z.boolean()]).nullable().optional();
const Event = z.strictObject({
  event: z.string(),
  ref: z.string().optional(),
  ref_type: z.enum(["tag", "branch"]).optional(),
  ref_name: z.string().optional(),
  tag: z.string().optional(),
  branch: z.string().optional(),
  base: z.string().optional(),
  is_prerelease: flag,
  dependencies_changed: z.boolean().nullable().optional(),
  changed_files: z.array(z.string()).optional(),
  fork: z.boolean().optional(),
  REBUILD_BASE: flag,
});
const Strategy = z.strictObject({
  rebuild_flag: flag,
  dependencies_changed: z.boolean().nullable().optional(),
  event: z.string().optional(),
  REBUILD_BASE: flag,
});

/** Whether a ref or a list of files starts a workflow, or what the pipeline does on an event. */
export function checkOpencrateTrigger(input: unknown, row: Case): unknown {
  if (typeof input === "object" && input !== null && "event" in input)
    return behaviour(Event.parse(input), row.expected);
  const { tag, branch, filters, filters_ignore, changed_files, paths, paths_ignore } = Filter.parse(input);
  const changes: ChangedPaths = listed(changed_files);
  if (tag !== undefined || branch !== undefined) {
    const lists = { ...(filters && { wanted: filters }), ...(filters_ignore && { unwanted: filters_ignore }) };
    const filter =
      tag === undefined
        ? { ...(lists.wanted && { branches: lists.wanted }), ...(lists.unwanted && { branchesIgnore: lists.unwanted }) }
        : { ...(lists.wanted && { tags: lists.wanted }), ...(lists.unwanted && { tagsIgnore: lists.unwanted }) };
    const ref =
      tag === undefined ? { kind: "branch" as const, name: branch ?? "" } : { kind: "tag" as const, name: tag };
    return { fires: compileWorkflowFilter(filter).judge(ref, changes).fires };
  }
  const filter = { ...(paths && { paths }), ...(paths_ignore && { pathsIgnore: paths_ignore }) };
  if (Object.keys(filter).length === 0) throw new Error("The case has no filter.");
  return { fires: compileWorkflowFilter(filter).judge({ kind: "branch", name: "main" }, changes).fires };
}

/** The flags of the build, as texts. */
export function checkOpencrateStrategy(input: unknown): unknown {
  const { rebuild_flag, dependencies_changed, event, REBUILD_BASE } = Strategy.parse(input);
  if (event !== undefined) {
    const { values } = resolveTrigger(opencrateTable, {
      name: event,
      ref: "refs/tags/v1.2.3",
      inputs: { REBUILD_BASE: formatInputFlag(parseInputFlag(REBUILD_BASE, "REBUILD_BASE")) },
    });
    return { rebuild_flag: values["rebuild"]?.value ?? "" };
  }
  const use = cacheUse(
    chooseCacheMode({
      rebuild: parseInputFlag(rebuild_flag, "rebuild_flag") === true,
      changes: dependencies_changed == null ? "unknown" : dependencies_changed ? "changed" : "unchanged",
    }),
  );
  return { REBUILD_FLAG: formatInputFlag(use.noCache), CACHE_UPDATE: formatInputFlag(use.write) };
}

/** Whether watched files changed. What cannot be told is no "unchanged". */
export function checkOpencrateDeps(input: unknown, row: Case): unknown {
  const { changed_files, changed_since_previous, watch, ...facts } = z
    .object({
      changed_files: z.array(z.string()).nullable().optional(),
      changed_since_previous: z.array(z.string()).nullable().optional(),
      watch: z.array(z.string()).optional(),
    })
    .catchall(z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .parse(input);
  // Facts about the commits: when there is no other commit, a list of files cannot be one.
  const hasNoBase =
    facts["parent"] === null || facts["has_parent"] === false || facts["no_parent"] === true || "error" in facts;
  const changes = hasNoBase ? listed(undefined) : listed(changed_since_previous ?? changed_files);
  const { state } = detectChanges(watch ?? opencrateWatch, changes);
  const expected = (row.expected as { readonly changed?: unknown } | undefined)?.changed;
  if (state === "unknown" && typeof expected !== "boolean") return { changed: expected === null ? null : "unknown" };
  return { changed: state !== "unchanged" };
}

function listed(paths: readonly string[] | null | undefined): ChangedPaths {
  return paths == null ? { state: "unknown", because: "the case lists no files" } : { state: "known", paths };
}

function behaviour(input: z.infer<typeof Event>, expected: unknown): unknown {
  const resolved = resolveTrigger(opencrateTable, eventOf(input));
  const { build, push, latest, cache, pushCache, values } = resolved;
  const wanted = expected as Readonly<Record<string, unknown>>;
  return {
    fires: build.value,
    push: push.value,
    latest: latest.value,
    workflow: values["workflow"]?.value ?? null,
    matrix: inWordsOf(wanted["matrix"], values["versions"]?.value, values["runtimes"]?.value),
    test_build: cacheInWordsOf(wanted["test_build"], cache.value),
    push_cache: push.value ? cacheInWordsOf(wanted["push_cache"], pushCache.value) : null,
  };
}

function eventOf(input: z.infer<typeof Event>): TriggerEvent {
  const { event, ref, ref_type, tag, branch, ref_name, is_prerelease, dependencies_changed, changed_files } = input;
  const name = tag ?? branch ?? ref_name ?? ref?.replace(/^refs\/(heads|tags)\//, "");
  const kind = tag !== undefined || ref_type === "tag" || ref?.startsWith("refs/tags/") ? "tags" : "heads";
  const prerelease = parseInputFlag(is_prerelease, "is_prerelease") ?? prereleaseOf(name);
  const fullRef = name === undefined ? undefined : `refs/${kind}/${name}`;
  return {
    name: event,
    isFork: input.fork ?? false,
    baseRef: input.base ?? "main",
    inputs: { REBUILD_BASE: formatInputFlag(parseInputFlag(input.REBUILD_BASE, "REBUILD_BASE")) },
    ...(fullRef === undefined ? {} : { ref: fullRef }),
    ...(changed_files === undefined ? {} : { changes: listed(changed_files) }),
    facts: {
      ...(prerelease === undefined ? {} : { prerelease }),
      ...(dependencies_changed == null ? {} : { dependenciesChanged: dependencies_changed }),
    },
  };
}

function prereleaseOf(tag: string | undefined): boolean | undefined {
  const scheme = createVersionScheme("pep440");
  const version = tag === undefined ? undefined : scheme.parse(tag);
  return version === undefined ? undefined : !scheme.isStable(version);
}

/** The case's own words for a matrix, when they say what was decided. */
function inWordsOf(words: unknown, versions: string | undefined, runtimes: string | undefined): unknown {
  const said = { versions: versions ?? "none", runtimes: runtimes ?? "none" };
  if (typeof words !== "string") return said;
  const isEdges = /first/.test(words) && /last/.test(words);
  const isAll = /all|full|every|14|7/.test(words);
  const hasCuda = /cuda|full|14|all$/.test(words);
  const asked = { versions: isEdges ? "edges" : isAll ? "all" : words, runtimes: hasCuda ? "cpu,cuda" : "cpu" };
  return asked.versions === said.versions && asked.runtimes === said.runtimes ? words : said;
}

/** A cache mode in the shape the case uses: an object of some of its properties, its name, or whether it reads. */
function cacheInWordsOf(words: unknown, mode: CacheMode | undefined): unknown {
  if (mode === undefined) return null;
  const use: CacheUse = cacheUse(mode);
  if (typeof words === "boolean") return use.read;
  if (typeof words !== "object" || words === null) return mode;
  const known: Readonly<Record<string, boolean>> = {
    pull_no_cache: use.pull && use.noCache,
    cache_read: use.read,
    cache_write: use.write,
  };
  return Object.fromEntries(Object.keys(words).map((key) => [key, known[key]]));
}
