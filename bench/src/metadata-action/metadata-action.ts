import { execFile, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fromMetadataAction, type MetadataActionContext, type MetadataActionInputs } from "@bayplan/compat";
import { alignTable } from "../align-table.ts";
import { interleave, type Way } from "../interleave.ts";
import { median } from "../median.ts";

const cases = fileURLToPath(new URL("../../../../shared/cases/", import.meta.url));
const shell = fileURLToPath(new URL("tag-shell.sh", import.meta.url));
const repetitions = 100;
const rounds = 5;
const run = promisify(execFile);

interface Decision {
  readonly inputs: MetadataActionInputs;
  readonly context: MetadataActionContext;
}

interface Row {
  readonly kind: string;
  readonly inputs?: MetadataActionInputs;
  readonly context?: { readonly commitDate: string; readonly ref: string; readonly sha: string };
  readonly event?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly repo?: object;
  readonly now?: string;
  readonly expected: { readonly tags?: unknown };
}

/** "Which tags does this run give?", for the conformance rows of docker/metadata-action, beside shell written by hand. */
export async function benchMetadataAction(): Promise<void> {
  if (!existsSync(cases)) return console.log("metadata-action: skipped, the cases are not there (../shared/cases)");
  const decisions = readDecisions();
  const refs = decisions.map(({ context }) => `${context.event.ref ?? ""} ${context.event.sha ?? ""}`);
  const count = decisions.length;
  const ways: readonly (Way<number> & { readonly decisions: number })[] = [
    { name: `Bayplan, ${count} rows ${repetitions} times`, decisions: count * repetitions, run: () => ours(decisions) },
    { name: "shell, one process for all rows", decisions: count, run: () => shellOnce(refs) },
    { name: "shell, one process per row", decisions: count, rounds: 2, run: () => shellPerRow(refs) },
  ];
  const runs = await interleave(ways, rounds);
  const perDecision = runs.map(({ outcomes }, index) => {
    return outcomes.map((seconds) => (seconds / (ways[index]?.decisions ?? 1)) * 1_000_000);
  });
  const best = Math.min(...(perDecision[0] ?? []));
  console.log(`${count} rows with tags, labels, annotations and bake files; the shell gives plain tags only`);
  const body = runs.map(({ name }, index) => {
    const micros = perDecision[index] ?? [];
    const fastest = Math.min(...micros);
    const ratio = `${(fastest / best).toFixed(1)} x`;
    return [name, fastest.toFixed(0), median(micros).toFixed(0), Math.round(1_000_000 / fastest).toString(), ratio];
  });
  console.log(alignTable(["way", "best us", "median us", "decisions/s", "ours is faster by"], body));
}

/** Rows that end in an answer: those that are refused would make the mean better than it is. */
function readDecisions(): readonly Decision[] {
  const files = readdirSync(cases).filter((name) => /^metadata-action.*\.json$/.test(name));
  const rows = files.flatMap((name) => (JSON.parse(readFileSync(`${cases}${name}`, "utf8")) as { cases: Row[] }).cases);
  return rows.filter(({ kind }) => kind === "meta").map(toDecision);
}

function toDecision({ inputs = {}, event, context, env = {}, repo = {}, now = "2020-01-10T00:30:00Z" }: Row): Decision {
  return { inputs, context: { event: { ...event, ...context }, repository: repo, now, env } };
}

async function ours(decisions: readonly Decision[]): Promise<number> {
  const begin = performance.now();
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const { inputs, context } of decisions) fromMetadataAction(inputs, context);
  }
  return (performance.now() - begin) / 1000;
}

async function shellOnce(refs: readonly string[]): Promise<number> {
  const begin = performance.now();
  const child = spawn("bash", [shell], {
    env: { ...process.env, IMAGE: "org/app" },
    stdio: ["pipe", "ignore", "inherit"],
  });
  child.stdin.end(`${refs.join("\n")}\n`);
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`the shell ended with ${code}`))));
  });
  return (performance.now() - begin) / 1000;
}

async function shellPerRow(refs: readonly string[]): Promise<number> {
  const begin = performance.now();
  for (const line of refs) {
    const [ref = "", sha = ""] = line.split(" ");
    await run("bash", [shell], { env: { ...process.env, IMAGE: "org/app", REF: ref, SHA: sha } });
  }
  return (performance.now() - begin) / 1000;
}
