import type { ExecutionResult } from "../execute/execution.ts";
import type { StepOutcome } from "../execute/outcome.ts";

/** `step: state` or `step: code`, by step id. */
export function states(result: ExecutionResult): Record<string, string> {
  return Object.fromEntries(
    result.outcomes.map((outcome) => [outcome.step, "code" in outcome ? outcome.code : outcome.state]),
  );
}

/** The one outcome of a step. */
export function outcomeOf(result: ExecutionResult, step: string): StepOutcome {
  const outcome = result.outcomes.find((candidate) => candidate.step === step);
  if (outcome === undefined) throw new Error(`${step} has no outcome`);
  return outcome;
}
