import type { Plan } from "../plan/plan.ts";
import { cleanUpHtml } from "./clean-up-text.ts";
import { htmlPolicy } from "./html-csp.ts";
import { htmlDetails, htmlUnresolved } from "./html-details.ts";
import { htmlGraph, htmlShape, htmlShapes, htmlStates } from "./html-graph.ts";
import { htmlLayout } from "./html-layout.ts";
import { placeBoxes } from "./html-place.ts";
import { htmlScript } from "./html-script.ts";
import { htmlStyle } from "./html-style.ts";
import { htmlText } from "./html-text.ts";
import { planHeadline } from "./plan-headline.ts";

/**
 * The plan as one HTML file: the graph to look at, a filter, and for every image why it stands where it stands. It needs
 * nothing else and its policy allows nothing else. The fragment `#node=<id>` opens it on a node.
 */
export function htmlPage(plan: Plan): string {
  const layout = htmlLayout(plan.nodes);
  const isEmpty = plan.nodes.length === 0;
  const graph = isEmpty
    ? '<p class="quiet">This plan has no images.</p>'
    : htmlGraph(plan.nodes, layout, placeBoxes(layout));
  const hint = isEmpty ? "" : '<p class="hint quiet">Choose an image to see why it stands where it stands.</p>';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${htmlText(htmlPolicy(htmlStyle, htmlScript))}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Plan for ${htmlText(plan.family)}</title>
<style>${htmlStyle}</style>
</head>
<body>
${htmlShapes}
<header>
<h1>Plan for ${htmlText(plan.family)}: ${htmlText(planHeadline(plan))}</h1>
<p><code>${htmlText(plan.id)}</code>, made ${htmlText(plan.plannedAt)}, valid until ${htmlText(plan.expiresAt)}</p>
${isEmpty ? "" : filterForm(plan)}
</header>
<main>
<section id="images" aria-label="Images">
${graph}
</section>
<section id="why" aria-label="Reasons">
${hint}
${htmlDetails(plan)}
${htmlUnresolved(plan)}
${cleanUpHtml(plan)}
</section>
</main>
<script>${htmlScript}</script>
</body>
</html>
`;
}

/** Hidden until the script is there, since without it nothing filters. */
function filterForm(plan: Plan): string {
  const counts = new Map<string, number>();
  for (const { state } of plan.nodes) counts.set(state.state, (counts.get(state.state) ?? 0) + 1);
  const checks = htmlStates.flatMap(([state, name]) => {
    const count = counts.get(state);
    if (count === undefined) return [];
    const box = `<input type="checkbox" value="${state}" checked autocomplete="off">`;
    return [`<label>${box}${htmlShape(state)}${name} (${count})</label>`];
  });
  return `<form hidden role="search">
<label>Filter <input type="search" autocomplete="off" placeholder="name, version, tag or reason"></label>
<fieldset><legend>States</legend>${checks.join("")}</fieldset>
<output aria-live="polite">${plan.nodes.length} of ${plan.nodes.length} shown</output>
</form>`;
}
