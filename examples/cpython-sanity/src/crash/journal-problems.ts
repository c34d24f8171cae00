import { readFile } from "node:fs/promises";
import { parseJournal, summariseJournal } from "@bayplan/core";
import type { CrashScenario } from "./crash-scenario.ts";
import type { CrashState } from "./crash-state.ts";

/** What the journal is held against. */
export interface JournalFacts {
  readonly state: CrashState;
  /** Host and port by name of the server. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Whether the plan was executed to its end since the kill. */
  readonly isOver: boolean;
}

/** What the journal says of a killed execution, or of the one after it, that is not so. */
export async function journalProblems(scenario: CrashScenario, facts: JournalFacts): Promise<readonly string[]> {
  const { state, hosts, isOver } = facts;
  // A process that was killed before it noted anything leaves no file.
  const text = await readFile(scenario.journal, "utf8").catch(() => "");
  const { entries, damagedLines } = parseJournal(text);
  const { executions, halfDone } = summariseJournal(entries, [scenario.plan]);
  const problems = damagedLines > 1 ? [`${damagedLines} lines of the journal are damaged`] : [];
  if (isOver) {
    const last = executions.at(-1);
    if (last?.state !== "complete" || last.open.length > 0 || last.lost > 0)
      problems.push(`the journal of the second execution ends with "${last?.state}"`);
    for (const { group } of halfDone) problems.push(`${group} is half done in the end, says the journal`);
  }
  for (const { moved } of halfDone) {
    for (const { where, to } of moved) {
      const [host = "", ...path] = where.split("/");
      const server = Object.keys(hosts).find((name) => hosts[name] === host);
      const shown = state.tags[`${server}/${path.join("/")}`];
      if (shown !== to) problems.push(`the journal says that ${where} shows ${to}, it shows ${shown ?? "nothing"}`);
    }
  }
  return problems;
}
