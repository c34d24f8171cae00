import type { Plan, PlannedNode, Step } from "../plan/plan.ts";
import type { Reasons } from "../reason.ts";
import { explain } from "./explain.ts";
import { htmlShape } from "./html-graph.ts";
import { htmlFragment, htmlText } from "./html-text.ts";
import { stateText } from "./state-text.ts";
import { stepText } from "./step-text.ts";
import { stepsByNode } from "./steps-by-node.ts";
import { tagName, withheldName } from "./tag-name.ts";

/** What is said about every node, one article each in the plan's order; the article's id is the fragment of its link. */
export function htmlDetails(plan: Plan): string {
  const steps = stepsByNode(plan);
  const ids = new Set(plan.nodes.map((node) => node.id));
  const dependants = new Map<string, string[]>();
  for (const node of plan.nodes) {
    for (const base of new Set(node.bases)) {
      const known = dependants.get(base);
      if (known === undefined) dependants.set(base, [node.id]);
      else known.push(node.id);
    }
  }
  const named = (id: string) =>
    ids.has(id) ? `<a href="${htmlFragment(id)}">${htmlText(id)}</a>` : `<code>${htmlText(id)}</code>`;
  return plan.nodes
    .map((node) => article(node, steps.get(node.id) ?? [], dependants.get(node.id) ?? [], named))
    .join("\n");
}

function article(
  node: PlannedNode,
  steps: readonly Step[],
  dependants: readonly string[],
  named: (id: string) => string,
): string {
  const tags = steps.flatMap((step) =>
    step.kind === "tag"
      ? [`<code>${htmlText(tagName(step))}</code> (${step.mutability}): ${sentence(step.reasons)}`]
      : [],
  );
  const others = steps.flatMap((step) => (step.kind === "tag" ? [] : [htmlText(stepText(step))]));
  const withheld = node.withheld.map(
    (held) => `<code>${htmlText(withheldName(held))}</code>: ${sentence(held.reasons)}`,
  );
  const neighbours = `<nav>${list("Built on", node.bases.map(named))}${list("Built on it", dependants.map(named))}</nav>`;
  const key = node.key === undefined ? "" : `<p>Build key <code>${htmlText(node.key)}</code></p>`;
  return `<article id="node=${htmlText(node.id)}" tabindex="-1">
<h2>${htmlText(node.image)} <span>${htmlText(node.version)}</span></h2>
<p class="state">${htmlShape(node.state.state)} ${htmlText(stateText(node.state))}</p>
<p><code>${htmlText(node.reference)}</code></p>${key}
${list(
  "Because",
  node.reasons.map((reason) => htmlText(explain(reason))),
)}${list("Steps", others, "ol")}${list("Tags to write", tags)}${list("Not tagged", withheld)}${neighbours}</article>`;
}

/** Versions that could not be chosen; empty text if all were. */
export function htmlUnresolved(plan: Pick<Plan, "unresolved">): string {
  const legs = plan.unresolved.map((leg) => `<strong>${htmlText(leg.leg)}</strong>: ${sentence(leg.reasons)}`);
  return list("Versions that could not be chosen", legs);
}

function list(title: string, items: readonly string[], element: "ul" | "ol" = "ul"): string {
  if (items.length === 0) return "";
  return `<h3>${title}</h3><${element}>${items.map((item) => `<li>${item}</li>`).join("")}</${element}>\n`;
}

function sentence(reasons: Reasons): string {
  return reasons.map((reason) => htmlText(explain(reason))).join("; ");
}
