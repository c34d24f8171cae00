import type { ExecutionResult, Plan } from "@bayplan/core";

// What a build itself may do wrong; everything else is about input, access or the network.
const buildFailures = ["RUN_FAILED", "PLATFORM_MISMATCH", "NOT_FOUND", "TIMEOUT"];

/**
 * 0: the registry is what the definition says. 1: something was built and failed, or was skipped because of it.
 * 2: something could not be decided or was refused (wrong token, unreachable, denied, no longer as planned), and nothing was changed.
 */
export function exitCode(plan: Plan, result: ExecutionResult): 0 | 1 | 2 {
  const undecided =
    plan.unresolved.length > 0 || plan.nodes.some(({ state }) => ["unknown", "blocked"].includes(state.state));
  const failures = result.outcomes.flatMap((outcome) => (outcome.state === "failed" ? [outcome.code] : []));
  if (failures.some((code) => buildFailures.includes(code))) return 1;
  if (undecided || failures.length > 0 || result.state === "stale") return 2;
  return result.state === "complete" ? 0 : 1;
}
