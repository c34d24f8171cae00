import { parseArgs } from "node:util";
import { proveCrashSafety } from "./prove-crash-safety.ts";

// The whole proof: every boundary. `--every 10` for a tenth of them, `--only "after bayplan's github"` for some.
const { values } = parseArgs({
  options: {
    every: { type: "string" },
    only: { type: "string" },
    parallel: { type: "string" },
    verbose: { type: "boolean" },
  },
});
const started = performance.now();
const proof = await proveCrashSafety({
  scenarios: ["release", "rollback"],
  ...(values.every === undefined ? {} : { every: Number(values.every) }),
  ...(values.parallel === undefined ? {} : { parallel: Number(values.parallel) }),
  ...(values.only === undefined ? {} : { only: values.only }),
  onBoundary: (text, problems) => {
    if (values.verbose === true) console.log(`${((performance.now() - started) / 1000).toFixed(1)} s ${text}`);
    if (problems.length > 0) console.log(`FAIL ${text}\n  ${problems.join("\n  ")}`);
  },
});
for (const [name, changes] of Object.entries(proof.changes)) {
  const own = changes.filter(({ by }) => by === "bayplan").length;
  console.log(`${name}: ${changes.length} requests that change something, ${own} of them by Bayplan itself`);
}
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(
  `${proof.killed} executions killed at ${proof.boundaries} boundaries, ${proof.failures.length} did not converge (${seconds} s)`,
);
process.exitCode = proof.failures.length === 0 ? 0 : 1;
