import type { ExecutionResult } from "../execute/execution.ts";
import type { Plan } from "../plan/plan.ts";
import { explain } from "./explain.ts";
import { markdownTable } from "./markdown.ts";
import { plainLine } from "./plain-line.ts";
import { planHeadline } from "./render-plan.ts";
import { shortDigest } from "./short-digest.ts";
import { type NodeReport, summarise } from "./summarise.ts";

/** `text` for terminals, `markdown` for step summaries, `json` for machines. */
export type ReportFormat = "text" | "markdown" | "json";

/** What came of a plan: for every image what was missing, dispatched, built and tagged, with digests. */
export function renderReport(plan: Plan, result: ExecutionResult, format: ReportFormat): string {
  const reports = summarise(plan, result);
  switch (format) {
    case "json":
      return `${JSON.stringify({ plan: plan.id, state: result.state, nodes: reports, outcomes: result.outcomes }, null, 2)}\n`;
    case "text":
      return renderText(plan, result, reports);
    case "markdown":
      return renderMarkdown(plan, result, reports);
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
  return `${[head, ...lines].map(plainLine).join("\n")}\n`;
}

function renderMarkdown(plan: Plan, result: ExecutionResult, reports: readonly NodeReport[]): string {
  const rows = reports.map((report) => [
    report.node.image,
    report.node.version,
    resultText(report),
    report.digest === undefined ? "" : shortDigest(report.digest),
    report.tags.map((tag) => tag.tag).join(", "),
    report.problems.join(" "),
  ]);
  const table = markdownTable(["Image", "Version", "Result", "Digest", "Tags", "Problems"], rows);
  return `## Report: ${headline(plan, result, reports)}\n\n\`${plan.id}\`\n\n${table}\n`;
}

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
