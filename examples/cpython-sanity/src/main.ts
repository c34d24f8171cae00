import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  BayplanError,
  createPlan,
  execute,
  isBayplanError,
  observeState,
  parseDefinition,
  renderPlan,
  renderReport,
} from "@bayplan/core";
import { createFileJournal } from "@bayplan/runtime";
import { Command, InvalidArgumentError, Option } from "commander";
import { createDisplay } from "./display.ts";
import { exitCode } from "./exit-code.ts";
import { cpythonSanity } from "./family.ts";
import { type RegistryName, registryNames } from "./simulated-registry.ts";
import { type Simulation, startSimulation } from "./simulation.ts";

interface Arguments {
  readonly fail: readonly string[];
  readonly live: boolean;
  readonly state: string;
  readonly fresh: boolean;
  readonly dryRun: boolean;
  readonly definition?: string;
  readonly registry: RegistryName;
  readonly registryUrl?: string;
  readonly githubToken?: string;
  readonly chaos?: number;
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

const program = new Command("npm start --")
  .description("Releases the sanitizer images of the cpython pipeline on an embedded registry and a simulated GitHub.")
  .option("--fail <image...>", "let the runs of these images fail", [])
  .option("--live", "ask the real python.org and api.github.com for versions", false)
  .option(
    "--state <directory>",
    "where the registry and the reports are kept",
    join(root, ".bayplan", "cpython-sanity"),
  )
  .option("--fresh", "begin with an empty registry", false)
  .option("--dry-run", "show the plan and stop", false)
  .option("--definition <file>", "a definition of your own, as JSON; {registry} stands for the registry's host")
  .addOption(
    new Option(
      "--registry <name>",
      "what the images are pushed to; all but embedded are simulators in memory, empty at every start",
    )
      .choices(registryNames)
      .default("embedded"),
  )
  .addOption(
    new Option(
      "--registry-url <url>",
      "push to this registry (without authentication) instead of the embedded one",
    ).conflicts("registry"),
  )
  .option("--github-token <token>", "what the GitHub adapter shows; the simulator accepts only its own")
  .addOption(
    new Option(
      "--chaos <seed>",
      "show what the job makes of the faults of a seed, on a virtual clock, and end",
    ).argParser(readSeed),
  )
  .showHelpAfterError()
  // Wrong usage is refused like wrong input; 1 would say that a build failed.
  .exitOverride(({ exitCode: code }) => process.exit(code === 0 ? 0 : 2));

process.exitCode = await main(program.parse().opts<Arguments>());

async function main(options: Arguments): Promise<number> {
  try {
    return await (options.chaos === undefined ? release(options) : showChaos(options.chaos));
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    console.error(`${error.code}: ${error.message}`);
    return 2;
  }
}

/** 0 when every invariant holds, else 1. */
async function showChaos(seed: number): Promise<number> {
  // Loaded only when asked for: no release needs it.
  const { judgeChaos, violationsIn } = await import("./chaos/judge-chaos.ts");
  const { renderChaos } = await import("./chaos/render-chaos.ts");
  const judged = await judgeChaos(seed);
  console.log(renderChaos(judged));
  return violationsIn(judged).length === 0 ? 0 : 1;
}

async function release(options: Arguments): Promise<number> {
  for (const name of options.fresh ? ["registry", "mirror", "journal.jsonl"] : [])
    rmSync(join(options.state, name), { recursive: true, force: true });
  mkdirSync(options.state, { recursive: true });
  const simulation = await startSimulation({
    stateDirectory: options.state,
    failing: options.fail,
    live: options.live,
    registry: options.registry,
    ...(options.registryUrl === undefined ? {} : { registryUrl: options.registryUrl }),
    ...(options.githubToken === undefined ? {} : { token: options.githubToken }),
  });
  try {
    const family = parseDefinition(readDefinition(options.definition, simulation));
    console.log(`Observing ${family.name} on ${simulation.registryHost} ...`);
    const state = await observeState(family, simulation.ports);
    const plan = createPlan(family, state, simulation.ports.clock.now());
    const write = (name: string, text: string) => writeFileSync(join(options.state, name), text);
    write("plan.json", renderPlan(plan, "json"));
    write("plan.md", renderPlan(plan, "markdown"));
    write("graph.mmd", renderPlan(plan, "mermaid"));
    write("plan.html", renderPlan(plan, "html"));
    console.log(renderPlan(plan, "text"));
    if (options.dryRun) return 0;

    await simulation.prepare(plan);
    const stop = new AbortController();
    // The first Ctrl-C lets begun tag moves finish, the second one ends the process.
    process.once("SIGINT", () => stop.abort());
    const display = createDisplay(plan, process.stdout);
    const journal = createFileJournal(join(options.state, "journal.jsonl"));
    const ports = { ...simulation.ports, journal };
    const execution = execute(plan, ports, {
      definition: family,
      signal: stop.signal,
      onProgress: (event) => display.progress(event),
    });
    for await (const outcome of execution) display.outcome(outcome);
    display.stop();
    const result = await execution.result;
    await journal.close();
    write("report.json", renderReport(plan, result, "json"));
    write("report.md", renderReport(plan, result, "markdown"));
    if (plan.steps.length > 0) console.log(`\n${renderReport(plan, result, "text")}`);
    console.log(`Plan, graph, report and journal are in ${options.state}`);
    return exitCode(plan, result);
  } finally {
    await simulation.close();
  }
}

function readSeed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Pass a whole number, for example 7.");
}

function readDefinition(file: string | undefined, { registryHost, mirrorHost }: Simulation): unknown {
  if (file === undefined) return cpythonSanity(registryHost, { mirror: mirrorHost });
  try {
    return JSON.parse(readFileSync(file, "utf8").replaceAll("{registry}", registryHost));
  } catch (cause) {
    const message = `${file} cannot be read as JSON: ${(cause as Error).message}. Pass a file with a definition.`;
    throw new BayplanError("INVALID_DEFINITION", message, { cause });
  }
}
