import type { Plan } from "../plan/plan.ts";
import type { JournalEntry } from "../ports/journal.ts";
import { boundedMarkdown } from "./bounded-markdown.ts";
import { escapeMarkdown } from "./markdown.ts";
import { plainLine } from "./plain-line.ts";
import type { RenderOptions } from "./render-options.ts";
import { shortDigest } from "./short-digest.ts";
import { type HalfDoneGroup, type JournalExecution, type JournalTag, summariseJournal } from "./summarise-journal.ts";

/** `text` for terminals, `markdown` for step summaries and pull requests, `json` for machines. */
export type JournalFormat = "text" | "markdown" | "json";

/** How a journal is rendered. */
export interface RenderJournalOptions extends RenderOptions {
  /** What was executed, where it is known: names the tags that a broken execution did not get to. Default none. */
  readonly plans?: readonly Plan[];
}

/**
 * What happened, in which order, and what was left half done: steps that began and did not end, and of each release
 * group that is not whole which tags show what.
 *
 * @throws BayplanError `INVALID_INPUT` for a `maxBytes` that has no room for the headline.
 */
export function renderJournal(
  entries: readonly JournalEntry[],
  format: JournalFormat,
  options: RenderJournalOptions = {},
): string {
  const summary = summariseJournal(entries, options.plans);
  const { executions, halfDone } = summary;
  switch (format) {
    case "json":
      return `${JSON.stringify(summary, null, 2)}\n`;
    case "text":
      return renderText(executions, halfDone);
    case "markdown":
      return renderMarkdown(executions, halfDone, options);
  }
}

function renderText(executions: readonly JournalExecution[], halfDone: readonly HalfDoneGroup[]): string {
  const lines = executions.flatMap((execution) => [
    `${headline(execution)}.`,
    ...execution.entries.flatMap((entry) => {
      const text = entryText(entry);
      return text === undefined ? [] : [`  ${entry.at} ${text}`];
    }),
    ...execution.open.map(({ action, step }) => `  ! ${action} ${step} began and did not end`),
  ]);
  const groups = halfDone.flatMap((group) => [
    `Half done: ${group.group} of plan ${shortDigest(group.plan)}`,
    ...group.moved.map((tag) => `  is there     ${tagText(tag)}`),
    ...group.unsure.map((tag) => `  one or other ${tagText(tag)}`),
    ...group.left.map((tag) => `  not written  ${tagText(tag)}`),
  ]);
  const none = executions.length === 0 ? ["The journal is empty."] : [];
  return `${[...none, ...lines, ...groups, ...advice(halfDone)].map(plainLine).join("\n")}\n`;
}

function renderMarkdown(
  executions: readonly JournalExecution[],
  halfDone: readonly HalfDoneGroup[],
  options: RenderJournalOptions,
): string {
  const entries = executions.flatMap((execution) => execution.entries);
  const rows = entries.flatMap((entry) => {
    const text = entryText(entry);
    return text === undefined ? [] : [[entry.at, shortDigest(entry.plan), text]];
  });
  const states = halfDone.flatMap(({ group, moved, unsure, left }) => [
    ...moved.map((tag) => [group, "is there", tagText(tag)]),
    ...unsure.map((tag) => [group, "one or other", tagText(tag)]),
    ...left.map((tag) => [group, "not written", tagText(tag)]),
  ]);
  const leftOut = (places: readonly number[]) =>
    `**${places.length} lines are left out**, because the table would be too long.`;
  const tables = [
    ...(states.length === 0 ? [] : [{ head: ["Half done group", "State", "Tag"], rows: states, leftOut }]),
    { head: ["Time", "Plan", "What"], rows, leftOut },
  ];
  const last = executions.at(-1);
  const count = executions.length === 1 ? "1 execution" : `${executions.length} executions`;
  const title = `## Journal: ${count}`;
  const text = last === undefined ? [] : [escapeMarkdown(`${headline(last)}.`)];
  return boundedMarkdown([title, ...text, ...advice(halfDone)], tables, options);
}

function headline({ plan, execution, state, isCancelled, lost, open }: JournalExecution): string {
  const end =
    state ?? (open.length === 0 ? "broken off or still running" : "broken off or still running, in the middle");
  const cancelled = isCancelled ? ", told to stop" : "";
  const missing = lost === 0 ? "" : `, ${lost} entries lost`;
  return `Execution ${execution} of plan ${shortDigest(plan)}: ${end}${cancelled}${missing}`;
}

function advice(halfDone: readonly HalfDoneGroup[]): readonly string[] {
  return halfDone.length === 0 ? [] : ["Execute the same plan again: what is done stays, the rest follows."];
}

/** `undefined` for what says nothing beside its end. */
function entryText(entry: JournalEntry): string | undefined {
  switch (entry.event) {
    case "begun": {
      const back = entry.rollsBack === undefined ? "" : `, takes back plan ${shortDigest(entry.rollsBack)}`;
      return `begins ${entry.family}: ${entry.steps} steps${back}`;
    }
    case "step-begun":
      return undefined;
    case "step-ended": {
      const code = entry.code === undefined ? "" : ` (${entry.code})`;
      const run = entry.run === undefined ? "" : `, run ${entry.run}`;
      return `${entry.result}${code}: ${entry.action} ${subject(entry)}${run}`;
    }
    case "cancelled":
      return "is told to stop";
    case "over":
      return `over: ${entry.state}`;
  }
}

function subject(entry: Extract<JournalEntry, { event: "step-ended" }>): string {
  const { action, node, where, from, to } = entry;
  return action === "tag" ? tagText({ where: where ?? node, ...(from && { from }), ...(to && { to }) }) : node;
}

function tagText({ where, from, to }: JournalTag): string {
  const before = from === undefined ? "" : ` from ${"digest" in from ? shortDigest(from.digest) : "nothing"}`;
  return `${where}${before} to ${to === undefined ? "what is built" : shortDigest(to)}`;
}
