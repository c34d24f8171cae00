import type { Plan, PlannedNode } from "../plan/plan.ts";
import { boundedMarkdown } from "./bounded-markdown.ts";
import { cleanUpLines, cleanUpTables } from "./clean-up-text.ts";
import { explain } from "./explain.ts";
import { htmlPage } from "./html-page.ts";
import { plainLine } from "./plain-line.ts";
import { planHeadline } from "./plan-headline.ts";
import { renderMermaid } from "./render-mermaid.ts";
import type { RenderOptions } from "./render-options.ts";
import { shortDigest } from "./short-digest.ts";
import { stateText } from "./state-text.ts";
import { stepText } from "./step-text.ts";
import { stepsByNode } from "./steps-by-node.ts";
import { tagName, withheldName } from "./tag-name.ts";

/**
 * `text` for terminals, `markdown` for step summaries and pull requests, `mermaid` for the graph, `html` one file with the
 * graph to look at and a reason for every image, `json` the plan itself.
 */
export type PlanFormat = "text" | "markdown" | "mermaid" | "html" | "json";

/**
 * The plan for a reader. Deterministic, and without anything the plan does not hold.
 *
 * @throws BayplanError `INVALID_INPUT` for a `maxBytes` that has no room for the headline.
 */
export function renderPlan(plan: Plan, format: PlanFormat, options: RenderOptions = {}): string {
  switch (format) {
    case "text":
      return renderText(plan);
    case "markdown":
      return renderMarkdown(plan, options);
    case "html":
      return htmlPage(plan);
    case "mermaid":
      return renderMermaid(plan);
    case "json":
      return `${JSON.stringify(plan, null, 2)}\n`;
  }
}

function renderText(plan: Plan): string {
  const head = `Plan ${shortDigest(plan.id)} for ${plan.family}: ${planHeadline(plan)}.`;
  const steps = stepsByNode(plan);
  const nodes = plan.nodes.flatMap((node) => [
    `${marks[node.state.state]} ${node.image} ${node.version}: ${stateText(node.state)}`,
    ...node.reasons.map((reason) => `    because ${explain(reason)}`),
    ...(steps.get(node.id) ?? []).map((step) => `    ${stepText(step)}`),
    ...node.withheld.map((held) => `    not tagged ${withheldName(held)}: ${held.reasons.map(explain).join("; ")}`),
  ]);
  const unresolved = plan.unresolved.map((leg) => `? version ${leg.leg}: ${leg.reasons.map(explain).join("; ")}`);
  return `${[head, ...unresolved, ...nodes, ...cleanUpLines(plan)].map(plainLine).join("\n")}\n`;
}

const marks: Readonly<Record<PlannedNode["state"]["state"], string>> = {
  built: "=",
  "tag-missing": "~",
  queued: "+",
  blocked: "!",
  unknown: "?",
};

function renderMarkdown(plan: Plan, options: RenderOptions): string {
  const steps = stepsByNode(plan);
  const rows = plan.nodes.map((node) => [
    node.image,
    node.version,
    stateText(node.state),
    node.reasons.map(explain).join("; "),
    (steps.get(node.id) ?? []).flatMap((step) => (step.kind === "tag" ? [tagName(step)] : [])).join(", "),
    node.withheld.map((held) => `${withheldName(held)}: ${held.reasons.map(explain).join("; ")}`).join("; "),
  ]);
  const images = {
    head: ["Image", "Version", "State", "Because", "Tags", "Not tagged"],
    rows,
    leftOut: (places: readonly number[]) => {
      const states = places.flatMap((place) => plan.nodes[place]?.state.state ?? []);
      const counts = stateOrder.flatMap((state) => {
        const count = states.filter((found) => found === state).length;
        return count === 0 ? [] : [`${count} ${state}`];
      });
      return `**${places.length} of ${rows.length} images are left out** (${counts.join(", ")}), because the table would be too long. The other formats show all.`;
    },
  };
  const unresolved = {
    head: ["Version", "Not chosen because"],
    rows: plan.unresolved.map((leg) => [leg.leg, leg.reasons.map(explain).join("; ")]),
    leftOut: (places: readonly number[]) =>
      `**${places.length} of ${plan.unresolved.length} versions that were not chosen are left out**, because the table would be too long.`,
  };
  const head = [`## Plan: ${planHeadline(plan)}`, `\`${plan.id}\`, valid until ${plan.expiresAt}`];
  const removals = cleanUpTables(plan);
  const isAboutImages = plan.nodes.length > 0 || removals.length === 0;
  const tables = [
    ...(isAboutImages ? [images] : []),
    ...(plan.unresolved.length === 0 ? [] : [unresolved]),
    ...removals,
  ];
  return boundedMarkdown(head, tables, options);
}

const stateOrder = ["queued", "tag-missing", "blocked", "unknown", "built"] as const;
