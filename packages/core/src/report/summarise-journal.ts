import type { Digest } from "../oci/digest.ts";
import { formatReference, tagReference } from "../oci/reference.ts";
import type { Plan } from "../plan/plan.ts";
import type { JournalEntry, JournalStep } from "../ports/journal.ts";
import type { Expected } from "../ports/registry.ts";

/** One execution of one plan, as its entries have it. */
export interface JournalExecution {
  readonly plan: Digest;
  readonly execution: string;
  /** How it ended; absent where it was broken off, or is still running. */
  readonly state?: string;
  readonly isCancelled: boolean;
  /** Numbers that are missing between the first and the last entry. */
  readonly lost: number;
  readonly entries: readonly JournalEntry[];
  /** Steps that began and did not end. */
  readonly open: readonly JournalStep[];
}

/** A tag of a release group. */
export interface JournalTag {
  readonly where: string;
  readonly from?: Expected;
  readonly to?: Digest;
}

/** A release group of which some tags were written and others were not. */
export interface HalfDoneGroup {
  readonly plan: Digest;
  readonly group: string;
  /** Show what they are to show. */
  readonly moved: readonly JournalTag[];
  /** Were being written: they show the one or the other. */
  readonly unsure: readonly JournalTag[];
  /**
   * Not written: they show what they showed before, or what somebody else put there. Of an execution that was broken off
   * only the plan knows those that did not begin.
   */
  readonly left: readonly JournalTag[];
}

/** What happened and what was left half done. */
export interface JournalSummary {
  /** In the order in which they began. */
  readonly executions: readonly JournalExecution[];
  /** After the last entry. */
  readonly halfDone: readonly HalfDoneGroup[];
}

/**
 * Gathers the entries of a journal by execution, and finds the groups that are not whole: by the last that is known of
 * each of their tags, over all executions of the plan.
 *
 * @param plans - What was executed, where it is known: names the tags that no execution got to.
 */
export function summariseJournal(entries: readonly JournalEntry[], plans: readonly Plan[] = []): JournalSummary {
  const byExecution = new Map<string, JournalEntry[]>();
  for (const entry of entries) {
    const key = `${entry.plan} ${entry.execution}`;
    const own = byExecution.get(key);
    if (own === undefined) byExecution.set(key, [entry]);
    else own.push(entry);
  }
  const executions = [...byExecution.values()].map(execution);
  return { executions, halfDone: halfDone(entries, executions, plans) };
}

function execution(entries: readonly JournalEntry[]): JournalExecution {
  const [first] = entries as readonly [JournalEntry, ...JournalEntry[]];
  const open = new Map<string, JournalStep>();
  const numbers = new Set<number>();
  let state: string | undefined;
  let isCancelled = false;
  for (const entry of entries) {
    numbers.add(entry.seq);
    if (entry.event === "step-begun") open.set(entry.step, entry);
    else if (entry.event === "step-ended") open.delete(entry.step);
    else if (entry.event === "over") state = entry.state;
    else if (entry.event === "cancelled") isCancelled = true;
  }
  const last = entries.reduce((most, { seq }) => Math.max(most, seq), 0);
  return {
    plan: first.plan,
    execution: first.execution,
    ...(state === undefined ? {} : { state }),
    isCancelled,
    lost: last - numbers.size,
    entries,
    open: [...open.values()],
  };
}

type Place = "moved" | "unsure" | "left";

interface Known extends JournalTag {
  readonly plan: Digest;
  readonly group: string;
  readonly place: Place;
}

function halfDone(
  entries: readonly JournalEntry[],
  executions: readonly JournalExecution[],
  plans: readonly Plan[],
): readonly HalfDoneGroup[] {
  const tags = new Map<string, Known>();
  const executed = new Set(executions.map(({ plan }) => plan));
  for (const plan of plans) {
    if (!executed.has(plan.id)) continue;
    for (const step of plan.steps) {
      if (step.kind !== "tag") continue;
      const where = formatReference(tagReference(step.repository, step.tag));
      const to = "digest" in step.target ? { to: step.target.digest } : {};
      const { group, expected: from } = step;
      tags.set(`${plan.id} ${step.id}`, { plan: plan.id, group, where, from, ...to, place: "left" });
    }
  }
  for (const entry of entries) {
    if ((entry.event !== "step-begun" && entry.event !== "step-ended") || entry.action !== "tag") continue;
    const { plan, group, where = entry.step, from, to } = entry;
    const key = `${plan} ${entry.step}`;
    const before = tags.get(key);
    const place = placeAfter(entry, before?.place);
    const movement = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    tags.set(key, { plan, group, where, ...movement, place });
  }
  const groups = new Map<string, Known[]>();
  for (const known of tags.values()) {
    const key = `${known.plan} ${known.group}`;
    groups.set(key, [...(groups.get(key) ?? []), known]);
  }
  return [...groups.values()].flatMap((group) => {
    const [{ plan, group: name }] = group as [Known, ...Known[]];
    const at = (place: Place) => group.filter((known) => known.place === place).map(asTag);
    const [moved, unsure, left] = [at("moved"), at("unsure"), at("left")];
    const isWhole = unsure.length === 0 && (moved.length === 0 || left.length === 0);
    return isWhole ? [] : [{ plan, group: name, moved, unsure, left }];
  });
}

/** A tag that was moved stays so while it is looked at again; one that failed may have been written all the same. */
function placeAfter(
  entry: Extract<JournalEntry, { event: "step-begun" | "step-ended" }>,
  before: Place | undefined,
): Place {
  if (entry.event === "step-begun") return before === "moved" ? "moved" : "unsure";
  if (entry.result === "done" || entry.result === "already-done") return "moved";
  if (entry.result === "skipped" || entry.result === "refused") return before ?? "left";
  return entry.code === "TAG_MOVED" || entry.code === "TAG_IMMUTABLE" ? "left" : "unsure";
}

function asTag({ where, from, to }: Known): JournalTag {
  return { where, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}
