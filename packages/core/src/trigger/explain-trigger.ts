import type { RowReason, RowVerdict } from "./match-row.ts";
import type { DecisionReason, TriggerBehaviour, TriggerDecision } from "./resolve-trigger.ts";

/** One line per decision and per row, for people: what was decided, by which row, and why each row applies or not. */
export function explainTrigger(behaviour: TriggerBehaviour): readonly string[] {
  const { values, rows, ...decisions } = behaviour;
  return [
    ...Object.entries(decisions).map(([name, decision]) => decisionLine(name, decision)),
    ...Object.entries(values).map(([name, decision]) => decisionLine(name, decision)),
    ...rows.map(rowLine),
  ];
}

function decisionLine(name: string, { value, reason, row }: TriggerDecision<unknown>): string {
  return `${name}: ${valueText(value)} (${why(reason, row)})`;
}

function valueText(value: unknown): string {
  if (value === undefined) return "not said";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}

function why(reason: DecisionReason, row: string | undefined): string {
  switch (reason) {
    case "row":
      return `row "${row}"`;
    case "no-row":
      return "no row says so";
    case "from-fork":
      return `row "${row}" wants more, but the change comes from a fork or may do so`;
    case "not-built":
      return `row "${row}" says yes, but nothing is built`;
    case "not-pushed":
      return `row "${row}" says yes, but nothing is pushed`;
  }
}

function rowLine({ row, applies, reason }: RowVerdict): string {
  return `row "${row}" ${applies ? "applies" : "does not apply"}: ${reasonText(reason)}`;
}

function reasonText(reason: RowReason): string {
  switch (reason.code) {
    case "not-filtered":
      return "all its conditions hold";
    case "ref-listed":
      return `${reason.name} is wanted${by(reason.pattern)}`;
    case "ref-not-listed":
      return `${reason.name} is not wanted${by(reason.pattern)}`;
    case "ref-kind-not-listed":
      return `it lists no refs of the kind ${reason.kind}`;
    case "ref-unknown":
      return "it asks for a ref, which is not known";
    case "path-listed":
      return `${reason.path} changed${by(reason.pattern)}`;
    case "paths-not-listed":
      return `none of the ${reason.paths} changed files is one of its`;
    case "paths-unknown":
      return `the changed files are not known: ${reason.because}`;
    case "differs":
      return `${reason.part} is ${JSON.stringify(reason.found)}, wanted ${reason.wanted}`;
    case "unknown":
      return `${reason.part} is not known, wanted ${reason.wanted}`;
  }
}

function by(pattern: string | undefined): string {
  return pattern === undefined ? "" : ` (pattern ${pattern})`;
}
