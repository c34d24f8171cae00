import type { Plan, ProgressEvent, StepOutcome } from "@bayplan/core";
import { createLogUpdate } from "log-update";

/** Shows an execution while it runs. */
export interface Display {
  progress(event: ProgressEvent): void;
  outcome(outcome: StepOutcome): void;
  /** Leaves the last picture standing. */
  stop(): void;
}

/** On a terminal one line per image that changes in place, elsewhere one line per thing that happened. */
export function createDisplay(plan: Plan, stream: NodeJS.WriteStream): Display {
  return stream.isTTY ? createTable(plan, stream) : createLines(stream);
}

function createLines(stream: NodeJS.WriteStream): Display {
  return {
    progress: () => {},
    outcome: (outcome) => stream.write(`${describe(outcome)}\n`),
    stop: () => {},
  };
}

const doing: Readonly<Record<string, string>> = {
  build: "dispatching",
  await: "waiting for its run",
  verify: "verifying",
  test: "testing",
  copy: "copying",
  preflight: "looking at all tags of the group",
  tag: "tagging",
};

function createTable(plan: Plan, stream: NodeJS.WriteStream): Display {
  const update = createLogUpdate(stream);
  const nodes = plan.nodes.filter((node) => plan.steps.some((step) => step.node === node.id));
  const texts = new Map(nodes.map((node) => [node.id, "waiting for its base"]));
  const nodeOf = new Map(plan.steps.map((step) => [step.id, step.node]));
  const width = Math.max(0, ...nodes.map((node) => node.id.length));
  const set = (step: string, text: string) => {
    const node = nodeOf.get(step);
    // A failure stays on the line: what is skipped because of it says less.
    if (node === undefined || texts.get(node)?.startsWith("failed") === true) return;
    texts.set(node, text);
    update([...texts].map(([id, line]) => `  ${id.padEnd(width)}  ${line}`).join("\n"));
  };
  return {
    progress(event) {
      const kind = event.step.split(":", 1)[0];
      if (event.state === "waiting") set(event.step, `run ${event.status.state}`);
      else set(event.step, doing[kind ?? ""] ?? "working");
    },
    outcome: (outcome) => set(outcome.step, describe(outcome).replace(`${outcome.step}: `, "")),
    stop: () => update.done(),
  };
}

function describe(outcome: StepOutcome): string {
  switch (outcome.state) {
    case "done":
    case "already-done": {
      const digest = outcome.digest === undefined ? "" : ` ${outcome.digest.slice(0, 19)}`;
      return `${outcome.step}: ${outcome.state}${digest}`;
    }
    case "failed":
      return `${outcome.step}: failed (${outcome.code})`;
    case "refused":
      return `${outcome.step}: not done (${outcome.reason})`;
    case "skipped":
      return `${outcome.step}: skipped because of ${outcome.because}`;
  }
}
