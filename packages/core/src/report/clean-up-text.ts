import type { ExecutionResult } from "../execute/execution.ts";
import type { DeleteStep, Plan, PlannedCleanUp, UntagStep } from "../plan/plan.ts";
import type { Reason } from "../reason.ts";
import type { BoundedTable } from "./bounded-markdown.ts";
import { explain } from "./explain.ts";
import { htmlText } from "./html-text.ts";
import { shortDigest } from "./short-digest.ts";
import { stepText } from "./step-text.ts";

type Removal = UntagStep | DeleteStep;

/** One repository that is cleaned up, with the steps that do it. */
interface CleanUp {
  readonly of: PlannedCleanUp;
  readonly steps: readonly Removal[];
}

/** How many tags go, and how many manifests. */
export function removalCounts(plan: Pick<Plan, "steps">): { readonly tags: number; readonly manifests: number } {
  const manifests = plan.steps.filter(({ kind }) => kind === "delete").length;
  return { manifests, tags: plan.steps.filter(({ kind }) => kind === "untag").length };
}

function cleanUpsOf(plan: Plan): readonly CleanUp[] {
  const byRepository = new Map<string, Removal[]>((plan.cleanUps ?? []).map(({ repository }) => [repository, []]));
  for (const step of plan.steps)
    if (step.kind === "untag" || step.kind === "delete") byRepository.get(step.node)?.push(step);
  return (plan.cleanUps ?? []).map((of) => ({ of, steps: byRepository.get(of.repository) ?? [] }));
}

/** The lines of a plan about what it removes; none where it is not about that. */
export function cleanUpLines(plan: Plan): readonly string[] {
  return cleanUpsOf(plan).flatMap(({ of, steps }) => [
    `- ${of.repository}: ${summary({ of, steps })}`,
    ...of.stopped.map((reason) => `    nothing is removed, because ${explain(reason)}`),
    ...noticeTexts(of).map((text) => `    note: ${text}`),
    ...steps.map((step) => `    ${stepText(step)}`),
    ...of.refused.map((one) => `    ${refusedText(one)} stays: ${one.reasons.map(explain).join("; ")}`),
    ...(of.moreRefused === undefined ? [] : [`    and ${of.moreRefused} more stay`]),
  ]);
}

/** The table of what a plan removes; none where it is not about that. */
export function cleanUpTables(plan: Plan): readonly BoundedTable[] {
  const cleanUps = cleanUpsOf(plan);
  if (cleanUps.length === 0) return [];
  const rows = cleanUps.flatMap(({ of, steps }) => [
    ...of.stopped.map((reason) => [of.repository, "", "nothing is removed", explain(reason)]),
    ...noticeTexts(of).map((text) => [of.repository, "", "note", text]),
    ...steps.map((step) => [of.repository, removedText(step), step.kind, because(step.reasons)]),
    ...of.refused.map((one) => [of.repository, refusedText(one), "stays", because(one.reasons)]),
  ]);
  const leftOut = (places: readonly number[]) => {
    const counts = ["delete", "untag", "stays"].flatMap((action) => {
      const count = places.filter((place) => rows[place]?.[2] === action).length;
      return count === 0 ? [] : [`${count} ${action}`];
    });
    return `**${places.length} of ${rows.length} removals are left out** (${counts.join(", ")}), because the table would be too long. The other formats show all.`;
  };
  return [{ head: ["Repository", "What", "Action", "Because"], rows, leftOut }];
}

/** What a plan removes, as HTML; empty text where it is not about that. */
export function cleanUpHtml(plan: Plan): string {
  const item = (text: string) => `<li>${htmlText(text)}</li>`;
  return cleanUpsOf(plan)
    .map(({ of, steps }) => {
      const refused = of.refused.map((one) => `${refusedText(one)}: ${because(one.reasons)}`);
      const more = of.moreRefused === undefined ? [] : [`and ${of.moreRefused} more`];
      return `<section>
<h2>${htmlText(of.repository)}</h2>
<p>${htmlText(summary({ of, steps }))}</p>
${titled("Nothing is removed, because", of.stopped.map(explain).map(item))}${titled("Notes on the policy", noticeTexts(of).map(item))}${titled("Removals", steps.map(stepText).map(item), "ol")}${titled("Stays all the same", [...refused, ...more].map(item))}</section>`;
    })
    .join("\n");
}

function noticeTexts({ notices = [] }: PlannedCleanUp): readonly string[] {
  return notices.map(({ code, path, text }) => {
    return code === "matched-nothing" ? `${path} (${text}) fits no tag` : `${path} (${text}) could not be judged`;
  });
}

function titled(title: string, items: readonly string[], element: "ul" | "ol" = "ul"): string {
  return items.length === 0 ? "" : `<h3>${title}</h3><${element}>${items.join("")}</${element}>\n`;
}

/** How many removals were done, and how many were refused. */
export function removalResults(
  plan: Pick<Plan, "steps">,
  result: ExecutionResult,
): { readonly removed: number; readonly refused: number } {
  const removals = new Set(plan.steps.flatMap(({ kind, id }) => (kind === "untag" || kind === "delete" ? [id] : [])));
  const own = result.outcomes.filter(({ step }) => removals.has(step));
  const removed = own.filter(({ state }) => state === "done" || state === "already-done").length;
  return { removed, refused: own.filter(({ state }) => state === "refused").length };
}

/** The lines of a report about what was removed, and what was not; done deletions in one line. */
export function removalReport(plan: Plan, result: ExecutionResult): readonly string[] {
  const outcomes = new Map(result.outcomes.map((outcome) => [outcome.step, outcome]));
  return cleanUpsOf(plan).flatMap(({ of, steps }) => {
    const done = steps.filter(({ id }) => {
      const state = outcomes.get(id)?.state;
      return state === "done" || state === "already-done";
    });
    const left = steps.flatMap((step) => {
      const outcome = outcomes.get(step.id);
      if (outcome?.state === "refused")
        return [`    ${removedText(step)} stays (${outcome.reason}): ${outcome.message}`];
      if (outcome?.state === "failed") return [`    ${removedText(step)} failed (${outcome.code}): ${outcome.message}`];
      return [];
    });
    const skipped = steps.filter(({ id }) => outcomes.get(id)?.state === "skipped").length;
    const head = `${of.repository}: ${counted(removalCounts({ steps: done }), "removed")}`;
    return [head, ...left, ...(skipped === 0 ? [] : [`    ${skipped} skipped`])];
  });
}

/** The table of a report about removals that were not done, with one line for those that were; none without removals. */
export function removalReportTables(plan: Plan, result: ExecutionResult): readonly BoundedTable[] {
  const lines = removalReport(plan, result);
  if (lines.length === 0) return [];
  const leftOut = (places: readonly number[]) =>
    `**${places.length} of ${lines.length} lines about removals are left out**, because the table would be too long. The other formats show all.`;
  return [{ head: ["Removals"], rows: lines.map((line) => [line.trim()]), leftOut }];
}

function summary({ of, steps }: CleanUp): string {
  const stay = `${of.keeps} of ${of.manifests} manifests stay`;
  return steps.length === 0 ? `nothing goes, ${stay}` : `${counted(removalCounts({ steps }), "to go")}, ${stay}`;
}

function counted({ tags, manifests }: ReturnType<typeof removalCounts>, verb: string): string {
  const parts = [...(manifests > 0 ? [count(manifests, "manifest")] : []), ...(tags > 0 ? [count(tags, "tag")] : [])];
  return `${parts.length === 0 ? "nothing" : parts.join(" and ")} ${verb}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function removedText(step: Removal): string {
  if (step.kind === "untag") return step.tag;
  const tags = step.expected.tags.join(", ");
  return `${shortDigest(step.digest)}${tags === "" ? "" : ` (${tags})`}`;
}

function refusedText({ digest, tag }: PlannedCleanUp["refused"][number]): string {
  return tag ?? shortDigest(digest);
}

function because(reasons: readonly Reason[]): string {
  return reasons.map(explain).join("; ");
}
