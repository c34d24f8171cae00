import { instantToMs, parseInstant } from "@bayplan/core";
import { gitHubRefusal } from "./github-answer.ts";
import { commitOf } from "./repository-document.ts";
import type { SimulatedRun } from "./simulated-workflow.ts";

/** The runs that a listing's query asks for, newest first. */
export function filterRuns(runs: readonly SimulatedRun[], query: URLSearchParams): readonly SimulatedRun[] {
  const created = createdFilter(query.get("created"));
  const equals = (name: string, ...values: readonly (string | null)[]): boolean =>
    !query.has(name) || values.includes(query.get(name));
  const found = runs.filter(
    (run) =>
      equals("event", run.event) &&
      // One parameter for both, as on GitHub.
      equals("status", run.status, run.conclusion) &&
      equals("branch", run.ref) &&
      equals("head_sha", commitOf(`${run.gitRepository}@${run.ref}`)) &&
      created(instantToMs(run.createdAt)),
  );
  return found.toReversed();
}

function createdFilter(text: string | null): (createdMs: number) => boolean {
  if (text === null) return () => true;
  const [from, to] = text.split("..");
  if (from !== undefined && to !== undefined) {
    const fromMs = from === "*" ? Number.NEGATIVE_INFINITY : parseMoment(from).startMs;
    const toMs = to === "*" ? Number.POSITIVE_INFINITY : parseMoment(to).endMs;
    return (createdMs) => createdMs >= fromMs && createdMs <= toMs;
  }
  const [, operator = "", moment = ""] = /^(>=|<=|>|<)?(.*)$/.exec(text) ?? [];
  const { startMs, endMs } = parseMoment(moment);
  if (operator === ">=") return (createdMs) => createdMs >= startMs;
  if (operator === ">") return (createdMs) => createdMs > endMs;
  if (operator === "<=") return (createdMs) => createdMs <= endMs;
  if (operator === "<") return (createdMs) => createdMs < startMs;
  return (createdMs) => createdMs >= startMs && createdMs <= endMs;
}

function parseMoment(text: string): { readonly startMs: number; readonly endMs: number } {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  try {
    const startMs = instantToMs(parseInstant(isDay ? `${text}T00:00:00Z` : text));
    return { startMs, endMs: isDay ? startMs + 86_399_999 : startMs };
  } catch {
    throw gitHubRefusal(422, `"${text.slice(0, 40)}" is not a recognized date/time format.`);
  }
}
