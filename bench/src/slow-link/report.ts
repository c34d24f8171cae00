import { alignTable } from "../align-table.ts";
import type { Runs } from "../interleave.ts";
import { median } from "../median.ts";
import type { Outcome } from "./ways.ts";

/** One line per client; the first is the one that the others are compared with, counts are of the fastest round. */
export function formatSlowLink(runs: readonly Runs<Outcome>[], references: number): string {
  const best = ({ outcomes }: Runs<Outcome>) =>
    outcomes.reduce((least, outcome) => (outcome.seconds < least.seconds ? outcome : least));
  const naive = runs[0] === undefined ? Number.NaN : best(runs[0]).seconds;
  const ours = new Map(
    runs.flatMap((run) => (/^Bayplan, \d+$/.test(run.name) ? [[best(run).inFlight, best(run).seconds]] : [])) as [
      number,
      number,
    ][],
  );
  const head = ["client, in flight", "best s", "median s", "of naive", "Bayplan is faster by", "requests/ref"];
  const body = runs.map((run) => {
    const { seconds, inFlight, manifests, tokens, pings, refused, connections, http2Connections } = best(run);
    const requests = (manifests + tokens + pings + refused) / references;
    return [
      run.name,
      seconds.toFixed(2),
      median(run.outcomes.map((outcome) => outcome.seconds)).toFixed(2),
      `${(seconds / naive).toFixed(2)} x`,
      `${(seconds / (ours.get(inFlight) ?? Number.NaN)).toFixed(2)} x`,
      requests.toFixed(3),
      String(tokens),
      String(refused + pings),
      `${connections}${http2Connections > 0 ? " h2" : ""}`,
    ];
  });
  return alignTable([...head, "tokens", "401s and pings", "connections"], body);
}
