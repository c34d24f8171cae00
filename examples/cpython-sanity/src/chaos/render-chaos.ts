import type { ChaosAttempt, ChaosRun, Snapshot } from "./chaos-run.ts";
import type { ChaosSchedule } from "./chaos-schedule.ts";
import { type JudgedChaos, violationsIn } from "./judge-chaos.ts";
import type { LedgerEntry } from "./tag-ledger.ts";

/** What happened under a seed, as lines for a terminal and for a log. */
export function renderChaos(judged: JudgedChaos): string {
  const { run, verdict } = judged;
  const checks = verdict.checks.flatMap(({ invariant, violations }) => [
    `  ${violations.length === 0 ? "holds " : "BROKEN"}  ${invariant}`,
    ...violations.map((what) => `          ${what}`),
  ]);
  if (run === undefined) return ["The run fell over.", ...checks, ""].join("\n");
  const { schedule } = run;
  const again = `npm start -- --chaos ${schedule.seed}`;
  return [
    `Seed ${schedule.seed}: three images of the main job in two versions, on a virtual clock. The same again: ${again}`,
    ...describeSchedule(schedule).map((line) => `  ${line}`),
    "",
    "With faults",
    ...timeline(run),
    ...run.attempts.slice(0, run.faulty).flatMap(attemptLines),
    "",
    "Half-way, when the faults ended",
    ...snapshotLines(run, run.halfWay),
    "",
    "Executed again, without faults: first the same plans, then new ones until nothing is left to do",
    ...run.attempts.slice(run.faulty).flatMap(attemptLines),
    "",
    "In the end",
    ...snapshotLines(run, run.inTheEnd),
    "",
    "Invariants",
    ...checks,
    ...(verdict.races === 0
      ? []
      : [`  ${verdict.races} writes met somebody else's of the same moment: no registry can compare and swap.`]),
    "",
    violationsIn(judged).length === 0 ? "Every invariant holds." : "AN INVARIANT IS BROKEN.",
    "",
  ].join("\n");
}

function describeSchedule(schedule: ChaosSchedule): readonly string[] {
  const { registry, crash, outage, newerAfterMs, stopAfterMs } = schedule;
  const failing = Object.entries(schedule.failing).map(([image, times]) => {
    return times === Number.POSITIVE_INFINITY ? `${image} never builds` : `${image} fails ${times}x`;
  });
  const late = schedule.late.map((image) => `${image} builds past its deadline`);
  const failingTests = Object.entries(schedule.failingTests).map(([image, times]) => {
    return times === Number.POSITIVE_INFINITY
      ? `${image} never passes its test`
      : `the test of ${image} fails ${times}x`;
  });
  const { release, isTested, isCopied } = schedule.definition;
  return [
    `cpython-tsan and numpy-tsan are released ${release === "each by itself" ? release : `as a group (${release})`}${isTested ? ", tested" : ""}${isCopied ? ", copied to a second registry" : ""}. When the world changed: ${schedule.onDrift}.`,
    `Published before: ${schedule.before}.`,
    `${schedule.faultsPerMille / 10} % of all requests meet a fault: ${schedule.faults.join(", ")}.`,
    `Each way takes up to ${schedule.latencyMs} ms, a stale read is up to ${schedule.staleMs} ms old, new runs are listed after up to ${schedule.listLagMs} ms.`,
    `Somebody else moves a public tag before ${schedule.movesPerMille / 10} % of all looks at it.`,
    ...(outage === undefined
      ? []
      : [
          `The ${outage.server} ${outage.isSilent ? "is silent" : "answers 503"} for ${minutes(outage.forMs)} from ${minutes(outage.afterMs)} on.`,
        ]),
    ...(registry.keepsExactTags ? ["The registry itself keeps exact tags."] : []),
    ...(registry.wantsTokens ? ["The registry wants tokens, good for a minute."] : []),
    ...[...failing, ...failingTests, ...late].map((line) => `${line}.`),
    ...(newerAfterMs === undefined ? [] : [`3.14.5 and a second coordinator come after ${minutes(newerAfterMs)}.`]),
    ...(stopAfterMs === undefined ? [] : [`The first coordinator is told to stop after ${minutes(stopAfterMs)}.`]),
    ...(crash === undefined
      ? []
      : [
          `The first coordinator dies ${crash.isAfter ? "after" : "before"} the effect of its request ${crash.request}.`,
        ]),
  ];
}

/** Faults and what became of tags, in the order of time. */
function timeline({ world, attempts, faulty, calmAtMs }: ChaosRun): readonly string[] {
  const actors = [...attempts.slice(0, faulty).map(({ by }) => by), "somebody else"];
  const faults = world.faults.map(({ atMs, kind, about }) => ({ atMs, text: `  ! ${kind}: ${shortAddress(about)}` }));
  const tags = world.ledger.entries
    .filter(({ tag, actor }) => !tag.startsWith("bp-") && actors.includes(actor))
    .map((entry) => ({ atMs: entry.atMs, text: `    ${describeMove(entry, world.ledger)}` }));
  return [...faults, ...tags]
    .filter(({ atMs }) => atMs <= calmAtMs)
    .toSorted((left, right) => left.atMs - right.atMs)
    .map(({ atMs, text }) => `  ${clockText(atMs - world.startMs)}${text}`);
}

function describeMove(entry: LedgerEntry, { images }: ChaosRun["world"]["ledger"]): string {
  const { actor, registry, repository, tag, from, to } = entry;
  const name = (digest: LedgerEntry["to"]) => {
    if (digest === undefined) return "nothing";
    const known = images.get(digest);
    return `${known?.version ?? known?.image ?? "an unknown image"} (${digest.slice(7, 15)})`;
  };
  return `${actor}: ${registry}/${repository}:${tag} shows ${name(to)}${from === undefined ? "" : `, before ${name(from)}`}`;
}

function attemptLines({ by, plans, result, thrown, isDead }: ChaosAttempt): readonly string[] {
  const steps = plans.map((plan) => `${plan.steps.length} steps`).join(", planned anew: ") || "no plan";
  const ended = isDead ? "died on the way" : (thrown ?? result?.state ?? "nothing");
  const counts = new Map<string, number>();
  for (const { state } of result?.outcomes ?? []) counts.set(state, (counts.get(state) ?? 0) + 1);
  const said = isDead ? "" : [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
  const failed = isDead ? [] : (result?.outcomes ?? []);
  return [
    `  ${by}: ${steps}, ${ended}${said === "" ? "" : ` (${said})`}`,
    ...failed.flatMap((outcome) => (outcome.state === "failed" ? [`      ${outcome.step}: ${outcome.code}`] : [])),
  ];
}

function snapshotLines({ world }: ChaosRun, snapshot: Snapshot): readonly string[] {
  const lines = Object.entries(snapshot).map(([repository, tags]) => {
    const shown = Object.entries(tags).filter(([tag]) => !tag.startsWith("bp-"));
    const texts = shown.toSorted().map(([tag, digest]) => {
      const known = world.ledger.images.get(digest);
      return `${tag} -> ${known?.version ?? "somebody else's"}`;
    });
    return `  ${repository}: ${texts.join(", ") || "nothing but staged images"}`;
  });
  return lines.length === 0 ? ["  nothing"] : lines;
}

function shortAddress(text: string): string {
  return text
    .replace(/sha256:([0-9a-f]{8})[0-9a-f]*/g, "sha256:$1")
    .replace(/\/repos\/nascheme\/cpython_sanity/, "")
    .slice(0, 140);
}

function minutes(ms: number): string {
  return `${Math.round(ms / 6000) / 10} minutes`;
}

function clockText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
