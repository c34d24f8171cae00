import type { Plan, PlannedNode, Step } from "../plan/plan.ts";
import { explain } from "./explain.ts";
import { markdownTable } from "./markdown.ts";
import { plainLine } from "./plain-line.ts";
import { renderMermaid } from "./render-mermaid.ts";
import { shortDigest } from "./short-digest.ts";

/** `text` for terminals, `markdown` for step summaries and pull requests, `mermaid` for the graph, `json` the plan itself. */
export type PlanFormat = "text" | "markdown" | "mermaid" | "json";

/** The plan for a reader. Deterministic, without colours and without anything the plan does not hold. */
export function renderPlan(plan: Plan, format: PlanFormat): string {
  switch (format) {
    case "text":
      return renderText(plan);
    case "markdown":
      return renderMarkdown(plan);
    case "mermaid":
      return renderMermaid(plan);
    case "json":
      return `${JSON.stringify(plan, null, 2)}\n`;
  }
}

/** What a plan comes to, in one line. */
export function planHeadline(plan: Plan): string {
  const builds = plan.steps.filter((step) => step.kind === "build").length;
  const tags = plan.steps.filter((step) => step.kind === "tag").length;
  const open =
    plan.nodes.filter(({ state }) => state.state === "blocked" || state.state === "unknown").length +
    plan.unresolved.length;
  const undecided = open === 0 ? "" : `, ${count(open, "thing")} undecided`;
  if (plan.steps.length === 0) return `nothing to do${undecided}`;
  return `${count(builds, "image")} to build, ${count(tags, "tag")} to write${undecided}`;
}

function renderText(plan: Plan): string {
  const head = `Plan ${shortDigest(plan.id)} for ${plan.family}: ${planHeadline(plan)}.`;
  const nodes = plan.nodes.flatMap((node) => [
    `${marks[node.state.state]} ${node.image} ${node.version}: ${stateText(node)}`,
    ...node.reasons.map((reason) => `    because ${explain(reason)}`),
    ...stepsOf(plan, node).map((step) => `    ${stepText(step)}`),
    ...node.withheld.map((held) => `    not tagged ${held.tag ?? held.rule}: ${held.reasons.map(explain).join("; ")}`),
  ]);
  const unresolved = plan.unresolved.map((leg) => `? version ${leg.leg}: ${leg.reasons.map(explain).join("; ")}`);
  return `${[head, ...unresolved, ...nodes].map(plainLine).join("\n")}\n`;
}

const marks: Readonly<Record<PlannedNode["state"]["state"], string>> = {
  built: "=",
  "tag-missing": "~",
  queued: "+",
  blocked: "!",
  unknown: "?",
};

function stateText(node: PlannedNode): string {
  switch (node.state.state) {
    case "built":
      return "is there";
    case "tag-missing":
      return "is built, to be tagged";
    case "queued":
      return "to be built";
    case "blocked":
      return `blocked by ${node.state.on}`;
    case "unknown":
      return "unknown, left alone";
  }
}

function stepsOf(plan: Plan, node: PlannedNode): readonly Step[] {
  return plan.steps.filter((step) => step.node === node.id);
}

function stepText(step: Step): string {
  switch (step.kind) {
    case "build": {
      const bases = step.bases.map(
        ({ name, target }) =>
          `${name} ${"digest" in target ? shortDigest(target.digest) : "(its digest is born in this plan)"}`,
      );
      const on = bases.length === 0 ? "" : ` on ${bases.join(", ")}`;
      return `dispatch ${step.dispatch.workflow}${on}`;
    }
    case "await-image":
      return `wait for the run and its image, at most ${Math.round(step.timeoutMs / 60_000)} min`;
    case "verify":
      return `verify ${step.platforms.join(", ")}`;
    case "tag": {
      const why = step.reasons.map(explain).join("; ");
      return `tag ${step.tag} (${step.mutability}): ${why}`;
    }
  }
}

function renderMarkdown(plan: Plan): string {
  const rows = plan.nodes.map((node) => [
    node.image,
    node.version,
    stateText(node),
    node.reasons.map(explain).join("; "),
    stepsOf(plan, node)
      .flatMap((step) => (step.kind === "tag" ? [step.tag] : []))
      .join(", "),
    node.withheld.map((held) => `${held.tag ?? held.rule}: ${held.reasons.map(explain).join("; ")}`).join("; "),
  ]);
  const unresolved = plan.unresolved.map((leg) => [leg.leg, leg.reasons.map(explain).join("; ")]);
  const parts = [
    `## Plan: ${planHeadline(plan)}`,
    `\`${plan.id}\`, valid until ${plan.expiresAt}`,
    markdownTable(["Image", "Version", "State", "Because", "Tags", "Not tagged"], rows),
    ...(unresolved.length === 0 ? [] : [markdownTable(["Version", "Not chosen because"], unresolved)]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
