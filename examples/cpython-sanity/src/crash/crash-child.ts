import { readFileSync, writeSync } from "node:fs";
import { createGitHubCi } from "@bayplan/ci-github";
import { defineConfig, execute, parsePlan } from "@bayplan/core";
import { createOciRegistry } from "@bayplan/registry-oci";
import { createFileJournal, systemClock } from "@bayplan/runtime";
import type { CrashTask } from "./crash-task.ts";

// A process of its own that executes a plan and may be killed at any moment. Outcomes go to standard output one by one,
// by writes that are over before anything else happens.
// Who started it may be killed, too: then nobody is there to end it.
process.stdin.once("end", () => process.exit(1)).resume();
const task = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as CrashTask;
const say = (line: unknown) => writeSync(1, `${JSON.stringify(line)}\n`);
const ports = {
  registries: task.hosts.map((host) => createOciRegistry({ id: host, hosts: [host] })),
  ci: createGitHubCi({
    repository: task.gitRepository,
    token: task.token,
    baseUrl: task.gitHub,
    pollMs: { first: 20, max: 100 },
    throttle: false,
  }),
  clock: systemClock,
  journal: createFileJournal(task.journal),
};
const options = { definition: defineConfig(task.definition), allowDeletes: true };
const execution = execute(parsePlan(task.plan), ports, options);
for await (const outcome of execution) say(outcome);
const { state } = await execution.result;
say({ state });
process.exit(0);
