import { cpus, loadavg } from "node:os";
import { benchCleanUpCost } from "./clean-up-cost/clean-up-cost.ts";
import { benchClientCeiling } from "./client-ceiling/client-ceiling.ts";
import { benchExecutePlan } from "./execute-plan/execute-plan.ts";
import { benchImportCost } from "./import-cost.ts";
import { benchListRetagCopy } from "./list-retag-copy/list-retag-copy.ts";
import { benchMetadataAction } from "./metadata-action/metadata-action.ts";
import { benchMillionTags } from "./million-tags/million-tags.ts";
import { benchPlanGraph } from "./plan-graph/plan-graph.ts";
import { benchResolveReferences } from "./resolve-references.ts";
import { benchRetention } from "./retention/retention.ts";
import { benchSelectVersions } from "./select-versions/select-versions.ts";
import { benchSlowLink } from "./slow-link/slow-link.ts";

// pnpm bench [name ...]: each bench prints one table; ratios compare within one run, on one machine.
const benches: Readonly<Record<string, () => Promise<void>>> = {
  "resolve-references": benchResolveReferences,
  "slow-link": benchSlowLink,
  "client-ceiling": benchClientCeiling,
  "list-retag-copy": benchListRetagCopy,
  "million-tags": benchMillionTags,
  "metadata-action": benchMetadataAction,
  "select-versions": benchSelectVersions,
  "import-cost": benchImportCost,
  "plan-graph": benchPlanGraph,
  "execute-plan": benchExecutePlan,
  retention: benchRetention,
  "clean-up-cost": benchCleanUpCost,
};
const wanted = process.argv.slice(2).filter((argument) => argument !== "--");
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}. There is ${Object.keys(benches).join(", ")}.`);
  process.exitCode = 2;
} else {
  for (const [name, bench] of Object.entries(benches)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    // A load of more than a few tenths before a bench means that its figures are of a machine that does something else.
    const [load = 0] = loadavg();
    console.log(`\n# ${name} (${cpus().length} x ${cpus()[0]?.model.trim()}, load ${load.toFixed(1)})`);
    await bench();
  }
}
