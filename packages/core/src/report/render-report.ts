import type { ExecutionResult } from "../execute/execution.ts";
import type { Plan } from "../plan/plan.ts";
import { boundedMarkdown } from "./bounded-markdown.ts";
import { removalReport, removalReportTables, removalResults } from "./clean-up-text.ts";
import { explain } from "./explain.ts";
import { plainLine } from "./plain-line.ts";
import { planHeadline } from "./plan-headline.ts";
import type { RenderOptions } from "./render-options.ts";
import { shortDigest } from "./short-digest.ts";
import { type NodeReport, summarise } from "./summarise.ts";

/** `text` for terminals, `markdown` for step summaries, `json` for machines. */
export type ReportFormat = "text" | "markdown" | "json";

/**
 * What came of a plan: for every image what was missing, dispatched, built and tagged, with digests.
 *
 * @throws BayplanError `INVALID_INPUT` for a `maxBytes` that has no room for the headline.
 */
export function renderReport(
  plan: Plan,
  result: ExecutionResult,
  format: ReportFormat,
  options: RenderOptions = {},
): string {
  const reports = summarise(plan, result);
  switch (format) {
    case "json":
      return `${JSON.stringify({ plan: plan.id, state: result.state, nodes: reports, outcomes: result.outcomes }, null, 2)}\n`;
    case "text":
      return renderText(plan, result, reports);
    case "markdown":
      return renderMarkdown(plan, result, reports, options);
  }
}

function headline(plan: Plan, result: ExecutionResult, reports: readonly NodeReport[]): string {
  if (plan.steps.length === 0) return `${planHeadline(plan)}`;
  const number = (state: NodeReport["result"]) => reports.filter((report) => report.result === state).length;
  const tags = reports.flatMap((report) => report.tags).length;
  const parts = [
    `${number("built")} built`,
    `${number("failed")} failed`,
    `${number("skipped")} skipped`,
    `${tags} tags in place`,
  ];
  const { refused, removed } = removalResults(plan, result);
  if (plan.cleanUps !== undefined) parts.push(`${removed} removed`, `${refused} kept after all`);
  return `${result.state}: ${parts.join(", ")}`;
}

function renderText(plan: Plan, result: ExecutionResult, reports: readonly NodeReport[]): string {
  const lines = reports.flatMap((report) => {
    const { node } = report;
    const digest = report.digest === undefined ? "" : ` ${shortDigest(report.digest)}`;
    return [
      `${node.image} ${node.version}: ${resultText(report)}${digest}`,
      ...(report.run === undefined ? [] : [`    run ${report.run}`]),
      ...report.tags.map((tag) => `    tagged ${tag.reference}${tag.isNew ? "" : " (was there)"}`),
      ...report.problems.map((problem) => `    ${problem}`),
      ...(report.result === "unchanged" ? node.reasons.map((reason) => `    because ${explain(reason)}`) : []),
    ];
  });
  const head = `Report on plan ${shortDigest(plan.id)}: ${headline(plan, result, reports)}.`;
  return `${[head, ...lines, ...removalReport(plan, result)].map(plainLine).join("\n")}\n`;
}

function renderMarkdown(
  plan: Plan,
  result: ExecutionResult,
  reports: readonly NodeReport[],
  options: RenderOptions,
): string {
  const rows = reports.map((report) => [
    report.node.image,
    report.node.version,
    resultText(report),
    report.digest === undefined ? "" : shortDigest(report.digest),
    report.tags.map((tag) => tag.name).join(", "),
    report.problems.join(" "),
  ]);
  const leftOut = (places: readonly number[]) => {
    const counts = resultOrder.flatMap((result) => {
      const count = places.filter((place) => reports[place]?.result === result).length;
      return count === 0 ? [] : [`${count} ${result}`];
    });
    return `**${places.length} of ${rows.length} images are left out** (${counts.join(", ")}), because the table would be too long. The other formats show all.`;
  };
  const table = { head: ["Image", "Version", "Result", "Digest", "Tags", "Problems"], rows, leftOut };
  const removals = removalReportTables(plan, result);
  const tables = reports.length > 0 || removals.length === 0 ? [table, ...removals] : removals;
  return boundedMarkdown([`## Report: ${headline(plan, result, reports)}`, `\`${plan.id}\``], tables, options);
}

const resultOrder: readonly NodeReport["result"][] = ["failed", "skipped", "built", "tagged", "unchanged"];

function resultText(report: NodeReport): string {
  switch (report.result) {
    case "unchanged":
      return report.node.state.state === "built" ? "nothing to do" : `left alone (${report.node.state.state})`;
    case "built":
    case "tagged":
    case "failed":
    case "skipped":
      return report.result;
  }
}
