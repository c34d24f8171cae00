import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BayplanError, type ExecutionResult, type Plan } from "@bayplan/core";

/** A plan and, once it was carried out, what came of it. */
export interface ArtifactInput {
  readonly plan: Plan;
  readonly result?: ExecutionResult;
  /** Entries of a journal, one a line. Default: the outcomes of the result. */
  readonly journal?: readonly unknown[];
}

/**
 * The files of a run's artifact, by name: `plan.json`, `journal.jsonl`, and `missing.json`, `dispatched.json` and
 * `failed.json`, which a person or a later job reads without knowing plans. Always all of them, empty lists too.
 */
export function artifactFiles({ plan, result, journal }: ArtifactInput): Readonly<Record<string, string>> {
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const outcomes = result?.outcomes ?? [];
  const missing = plan.nodes
    .filter(({ state }) => state.state !== "built" && state.state !== "tag-missing")
    .map(({ id, image, version, reference, state }) => ({ node: id, image, version, reference, state: state.state }));
  const dispatched = outcomes.flatMap((outcome) => {
    if (outcome.state !== "done" || outcome.run === undefined) return [];
    const step = steps.get(outcome.step);
    const workflow = step?.kind === "build" ? step.dispatch.workflow : undefined;
    return [{ node: step?.node ?? outcome.step, workflow, run: outcome.run }];
  });
  const failed = outcomes.flatMap((outcome): readonly object[] => {
    const node = steps.get(outcome.step)?.node ?? outcome.step;
    if (outcome.state === "failed") {
      return [{ node, step: outcome.step, state: "failed", code: outcome.code, message: outcome.message }];
    }
    return outcome.state === "skipped"
      ? [{ node, step: outcome.step, state: "skipped", because: outcome.because }]
      : [];
  });
  return {
    "plan.json": json(plan),
    "journal.jsonl": (journal ?? outcomes).map((entry) => `${JSON.stringify(entry)}\n`).join(""),
    "missing.json": json(missing),
    "dispatched.json": json(dispatched),
    "failed.json": json(failed),
  };
}

/** Writes them into a directory, which is made if it is not there, and gives back their paths. */
export async function writeArtifactFiles(
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const names = Object.keys(files);
  const strange = names.find((name) => !/^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/.test(name));
  if (strange !== undefined) {
    throw new BayplanError(
      "INVALID_INPUT",
      `${JSON.stringify(strange.slice(0, 100))} cannot be the name of a file here.`,
    );
  }
  await mkdir(directory, { recursive: true });
  const paths = names.map((name) => join(directory, name));
  await Promise.all(names.map((name, index) => writeFile(paths[index] ?? "", files[name] ?? "")));
  return paths;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
