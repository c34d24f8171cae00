import { BayplanError, isBayplanError, type Problem } from "../errors.ts";
import { createImageGraph } from "../graph/create-image-graph.ts";
import type { BuildKeyFormat } from "./build-key-format.ts";
import { expandFamily } from "./expand-family.ts";
import type { Family } from "./family.ts";
import type { FamilyConfig } from "./family-config.ts";
import { problemsOf } from "./problems.ts";
import { FamilyDocument } from "./schema.ts";

/** What a definition has beside its document: functions, which no document can carry. */
export interface DefinitionOptions {
  /** How builds are named, where another tool's builds are to be found. Default: Bayplan's own keys. */
  readonly buildKeys?: BuildKeyFormat;
}

/**
 * Checks a definition that came from a file or another process and expands its short forms.
 *
 * @throws BayplanError `INVALID_DEFINITION` with every problem in `problems`; `CYCLE` or `UNKNOWN_BASE` when the
 * images cannot be ordered.
 */
export function parseDefinition(data: unknown, options: DefinitionOptions = {}): Family {
  const parsed = FamilyDocument.safeParse(data);
  if (!parsed.success) throw invalidDefinition(problemsOf(parsed.error, data));
  const { family, problems } = expandFamily(parsed.data);
  const orderProblem = graphProblem(family);
  if (problems.length > 0) {
    // What is wrong with a base as a reference says more than that it is no image either.
    const isNew = ({ path }: Problem) => !problems.some((problem) => problem.path === path);
    throw invalidDefinition([...problems, ...(orderProblem?.problems ?? []).filter(isNew)]);
  }
  if (orderProblem !== undefined) throw orderProblem;
  return options.buildKeys === undefined ? family : { ...family, buildKeys: options.buildKeys };
}

/** The same for a definition written in TypeScript: its shape is checked by the compiler, everything else here. */
export function defineConfig(config: FamilyConfig, options: DefinitionOptions = {}): Family {
  return parseDefinition(config, options);
}

function graphProblem(family: Family): BayplanError | undefined {
  try {
    createImageGraph(family);
    return undefined;
  } catch (error) {
    if (isBayplanError(error)) return error;
    throw error;
  }
}

function invalidDefinition(problems: readonly Problem[]): BayplanError {
  const lines = problems.map(
    (problem) =>
      `\n  ${problem.path === "" ? "the definition" : problem.path}: found ${problem.found}, expected ${problem.expected}`,
  );
  const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
  return new BayplanError("INVALID_DEFINITION", `The definition has ${count}:${lines.join("")}`, { problems });
}
