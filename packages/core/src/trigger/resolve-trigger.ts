import { type CacheMode, withoutCacheWrite } from "./cache-mode.ts";
import { isPullRequest, matchRow, type RowVerdict } from "./match-row.ts";
import { type CompiledRow, compileRows, parseTriggerTable } from "./parse-trigger-table.ts";
import type { TriggerEvent } from "./trigger-event.ts";
import type { TriggerRow, TriggerSettings, TriggerTable } from "./trigger-table.ts";

/**
 * Why a decision is what it is.
 *
 * - `row`: a row says so. `no-row`: no row that applies says anything, so it is a no.
 * - `from-fork`: a row says yes, but the change comes from a fork, or nobody knows that it does not.
 * - `not-built`, `not-pushed`: a row says yes, but without a build, or a push, there is nothing to do it with.
 */
export type DecisionReason = "row" | "no-row" | "from-fork" | "not-built" | "not-pushed";

/** One decision, and where it comes from. */
export interface TriggerDecision<T> {
  readonly value: T;
  readonly reason: DecisionReason;
  /** The row that took it; `undefined` when none did. */
  readonly row: string | undefined;
}

/** What a run does. */
export interface TriggerBehaviour {
  readonly build: TriggerDecision<boolean>;
  readonly test: TriggerDecision<boolean>;
  readonly push: TriggerDecision<boolean>;
  /** Names of tag rules. */
  readonly tags: TriggerDecision<readonly string[]>;
  /** Whether `latest` may move; its guard has the last word. */
  readonly latest: TriggerDecision<boolean>;
  /** For the build that is tested. `undefined`: the builder's own default. */
  readonly cache: TriggerDecision<CacheMode | undefined>;
  /** For the build that is pushed. */
  readonly pushCache: TriggerDecision<CacheMode | undefined>;
  /** Names of clean-up rules. */
  readonly cleanup: TriggerDecision<readonly string[]>;
  /** What else rows say, by name. */
  readonly values: Readonly<Record<string, TriggerDecision<string>>>;
  /** Every row of the table, whether it applies, and why. */
  readonly rows: readonly RowVerdict[];
}

const compiled = new WeakMap<TriggerTable, readonly CompiledRow[]>();

/**
 * Decides what happens on an event. For each decision the first row that applies and takes it counts. A change from a
 * fork never pushes, cleans up, moves `latest` or writes a cache, whatever the rows say.
 *
 * @throws BayplanError `INVALID_DEFINITION` when the table is not valid.
 */
export function resolveTrigger(table: TriggerTable, event: TriggerEvent): TriggerBehaviour {
  const rows = compiledRows(table);
  const verdicts = rows.map((row) => matchRow(row, event));
  const applying = rows.filter((_, index) => verdicts[index]?.applies === true).map(({ row }) => row);
  const isForeign = event.isFork ?? isPullRequest(event);

  const build = decide(applying, "build", false);
  const push = refuse(refuse(decide(applying, "push", false), isForeign, "from-fork"), !build.value, "not-built");
  const latest = refuse(decide(applying, "latest", false), isForeign, "from-fork");
  const cache = decide<CacheMode | undefined>(applying, "cache", undefined);
  const ownPushCache = decide<CacheMode | undefined>(applying, "pushCache", undefined);
  const cleanup = decide<readonly string[]>(applying, "cleanup", []);
  return {
    build,
    test: decide(applying, "test", false),
    push,
    tags: decide<readonly string[]>(applying, "tags", []),
    latest: refuse(latest, !push.value, "not-pushed"),
    cache: isForeign ? guardCache(cache) : cache,
    pushCache: isForeign ? guardCache(ownPushCache, cache) : ownPushCache.row === undefined ? cache : ownPushCache,
    cleanup: isForeign && cleanup.value.length > 0 ? { ...cleanup, value: [], reason: "from-fork" } : cleanup,
    values: valuesOf(applying),
    rows: verdicts,
  };
}

function compiledRows(table: TriggerTable): readonly CompiledRow[] {
  const known = compiled.get(table);
  if (known !== undefined) return known;
  const rows = compileRows(parseTriggerTable(table));
  compiled.set(table, rows);
  return rows;
}

function decide<T>(rows: readonly TriggerRow[], key: keyof TriggerSettings, otherwise: T): TriggerDecision<T> {
  const decisive = rows.find((row) => row.set[key] !== undefined);
  if (decisive === undefined) return { value: otherwise, reason: "no-row", row: undefined };
  return { value: decisive.set[key] as T, reason: "row", row: decisive.name };
}

function refuse(
  decision: TriggerDecision<boolean>,
  isRefused: boolean,
  reason: DecisionReason,
): TriggerDecision<boolean> {
  return decision.value && isRefused ? { ...decision, value: false, reason } : decision;
}

function guardCache(
  decision: TriggerDecision<CacheMode | undefined>,
  otherwise = decision,
): TriggerDecision<CacheMode | undefined> {
  const taken = decision.row === undefined ? otherwise : decision;
  if (taken.value === undefined) return taken;
  const value = withoutCacheWrite(taken.value);
  return value === taken.value ? taken : { ...taken, value, reason: "from-fork" };
}

function valuesOf(rows: readonly TriggerRow[]): Readonly<Record<string, TriggerDecision<string>>> {
  const entries = rows.flatMap((row) =>
    Object.entries(row.set.values ?? {}).map(
      ([name, value]) => [name, { value, reason: "row", row: row.name }] as const,
    ),
  );
  // The first row counts, and fromEntries keeps the last.
  return Object.fromEntries(entries.reverse());
}
