import type { ChangedPaths } from "./changed-paths.ts";
import type { CompiledRow } from "./parse-trigger-table.ts";
import type { TriggerEvent } from "./trigger-event.ts";
import { parseTriggerRef, type TriggerRef } from "./trigger-ref.ts";
import type { TriggerCondition } from "./trigger-table.ts";
import type { FilterReason } from "./workflow-filter.ts";

/** Why a row applies, or the first of its conditions that does not hold. */
export type RowReason =
  | FilterReason
  | { readonly code: "differs"; readonly part: string; readonly wanted: string; readonly found: string }
  | { readonly code: "unknown"; readonly part: string; readonly wanted: string };

/** Whether one row applies to an event. */
export interface RowVerdict {
  readonly row: string;
  readonly applies: boolean;
  readonly reason: RowReason;
}

/** Whether the event is a pull request of any kind. */
export function isPullRequest(event: TriggerEvent): boolean {
  return event.name.startsWith("pull_request");
}

/** Holds a row against an event. */
export function matchRow({ row, filter }: CompiledRow, event: TriggerEvent): RowVerdict {
  const ref = refOf(event);
  const failed = failedCondition(row.when ?? {}, event, ref);
  if (failed !== undefined) return { row: row.name, applies: false, reason: failed };
  const { fires, reason } = filter.judge(ref, event.changes ?? notListed);
  return { row: row.name, applies: fires, reason };
}

const notListed: ChangedPaths = { state: "unknown", because: "nobody listed the changed files" };

function refOf(event: TriggerEvent): TriggerRef | undefined {
  if (isPullRequest(event)) return event.baseRef === undefined ? undefined : { kind: "branch", name: event.baseRef };
  return event.ref === undefined ? undefined : parseTriggerRef(event.ref);
}

function failedCondition(
  when: TriggerCondition,
  event: TriggerEvent,
  ref: TriggerRef | undefined,
): RowReason | undefined {
  const isDefault =
    ref === undefined || event.defaultBranch === undefined
      ? undefined
      : ref.kind === "branch" && ref.name === event.defaultBranch;
  const failures = [
    oneOf("event", when.events, event.name),
    oneOf("type", when.types, event.type),
    oneOf("repository", when.repositories?.map(lower), event.repository?.toLowerCase()),
    oneOf("ref", when.refKind === undefined ? undefined : [when.refKind], ref?.kind),
    oneOf("default branch", flagTexts(when.defaultBranch), textOf(isDefault)),
    oneOf("fork", flagTexts(when.fork), textOf(event.isFork)),
    oneOf("schedule", when.schedules, event.schedule),
    ...Object.entries(when.inputs ?? {}).map(([name, wanted]) => {
      const given = Object.hasOwn(event.inputs ?? {}, name) ? event.inputs?.[name] : undefined;
      return oneOf(`input ${name}`, listOf(wanted).map(String), given === undefined ? "" : String(given));
    }),
    ...Object.entries(when.facts ?? {}).map(([name, wanted]) => {
      const known = Object.hasOwn(event.facts ?? {}, name) ? event.facts?.[name] : undefined;
      return oneOf(`fact ${name}`, listOf(wanted), known === undefined ? "unknown" : known ? "yes" : "no");
    }),
  ];
  return failures.find((failure) => failure !== undefined);
}

function oneOf(part: string, wanted: readonly string[] | undefined, found: string | undefined): RowReason | undefined {
  if (wanted === undefined) return undefined;
  const list = wanted.join(", ");
  if (found === undefined) return { code: "unknown", part, wanted: list };
  return wanted.includes(found) ? undefined : { code: "differs", part, wanted: list, found };
}

function listOf<T extends string | boolean>(value: T | readonly T[]): readonly T[] {
  return typeof value === "object" ? value : [value];
}

function flagTexts(flag: boolean | undefined): readonly string[] | undefined {
  return flag === undefined ? undefined : [String(flag)];
}

function textOf(flag: boolean | undefined): string | undefined {
  return flag === undefined ? undefined : String(flag);
}

function lower(text: string): string {
  return text.toLowerCase();
}
