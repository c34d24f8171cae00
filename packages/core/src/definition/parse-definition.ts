import { BayplanError, isBayplanError, type Problem } from "../errors.ts";
import { createImageGraph } from "../graph/create-image-graph.ts";
import { parseRetentionPolicy } from "../retention/parse-retention-policy.ts";
import type { BuildKeyFormat } from "./build-key-format.ts";
import { closestName } from "./closest-name.ts";
import { extendDocument } from "./compose-definitions.ts";
import { expandFamily } from "./expand-family.ts";
import type { Family } from "./family.ts";
import type { FamilyConfig } from "./family-config.ts";
import { problemsOf } from "./problems.ts";
import { FamilyDocument } from "./schema.ts";

/** What a definition has beside its document: functions, which no document can carry. */
export interface DefinitionOptions {
  /** How builds are named, where another tool's builds are to be found. Default: Bayplan's own keys. */
  readonly buildKeys?: BuildKeyFormat;
  /** The documents that `extends` may name. Default none. */
  readonly documents?: Readonly<Record<string, unknown>>;
  /** Versions of companions that count instead of what the document says, for example from an input. Default none. */
  readonly companions?: Readonly<Record<string, string>>;
}

/**
 * Checks a definition that came from a file or another process and expands its short forms.
 *
 * @throws BayplanError `INVALID_DEFINITION` with every problem in `problems`; `CYCLE` or `UNKNOWN_BASE` when the
 * images cannot be ordered.
 */
export function parseDefinition(data: unknown, options: DefinitionOptions = {}): Family {
  const before: Problem[] = [];
  const extended = extendDocument(data, options.documents ?? {}, before);
  const document = overrideCompanions(extended, options.companions, before);
  before.push(...prototypeProblems(document), ...workflowProblems(document), ...retentionProblems(document));
  const parsed = FamilyDocument.safeParse(document);
  if (!parsed.success) throw invalidDefinition([...before, ...problemsOf(parsed.error, document)]);
  const { family, problems: wrong } = expandFamily(parsed.data);
  const problems = [...before, ...wrong];
  const orderProblem = graphProblem(family);
  if (problems.length > 0) {
    // What is wrong with a base as a reference says more than that it is no image either.
    const isNew = ({ path }: Problem) => !problems.some((problem) => problem.path.startsWith(path));
    throw invalidDefinition([...problems, ...(orderProblem?.problems ?? []).filter(isNew)]);
  }
  if (orderProblem !== undefined) throw orderProblem;
  return options.buildKeys === undefined ? family : { ...family, buildKeys: options.buildKeys };
}

/** The same for a definition written in TypeScript: its shape is checked by the compiler, everything else here. */
export function defineConfig(config: FamilyConfig, options: DefinitionOptions = {}): Family {
  return parseDefinition(config, options);
}

/** A companion that the caller names has this version, and nobody is asked for it. */
function overrideCompanions(
  document: unknown,
  versions: Readonly<Record<string, string>> | undefined,
  problems: Problem[],
): unknown {
  if (versions === undefined || !isMembers(document)) return document;
  const companions = isMembers(document["companions"]) ? document["companions"] : {};
  const known = Object.keys(companions);
  const overrides = Object.entries(versions).map(([name, version]): readonly [string, unknown] => {
    const companion = Object.hasOwn(companions, name) ? companions[name] : undefined;
    if (companion === undefined) {
      const closest = closestName(name, known);
      const expected = closest === undefined ? `one of ${known.join(", ") || "none"}` : `did you mean "${closest}"?`;
      problems.push({ path: `companions.${name}`, found: "a version for it, but no such companion", expected });
    }
    return [name, isMembers(companion) ? { ...companion, version } : version];
  });
  if (overrides.length === 0 || problems.length > 0) return document;
  return { ...document, companions: Object.fromEntries([...Object.entries(companions), ...overrides]) };
}

/** The schema would pass over a name that JavaScript gives a meaning to. */
function prototypeProblems(document: unknown): readonly Problem[] {
  if (!isMembers(document)) return [];
  return ["images", "companions", "args"].flatMap((key): readonly Problem[] => {
    const record = document[key];
    if (!isMembers(record) || !Object.hasOwn(record, "__proto__")) return [];
    return [{ path: `${key}.__proto__`, found: "a name that is not allowed", expected: "another name" }];
  });
}

/** Images that no workflow builds. Asked of any document, so that it is said together with everything else. */
function workflowProblems(document: unknown): readonly Problem[] {
  if (!isMembers(document) || !isMembers(document["images"])) return [];
  const { defaults } = document;
  if (isMembers(defaults) && defaults["workflow"] !== undefined) return [];
  return Object.entries(document["images"]).flatMap(([name, image]): readonly Problem[] => {
    if (!isMembers(image) || image["workflow"] !== undefined) return [];
    const expected = "the file name of a workflow, for example build.yml, here or in defaults";
    return [{ path: `images.${name}.workflow`, found: "nothing", expected }];
  });
}

function retentionProblems(document: unknown): readonly Problem[] {
  if (!isMembers(document) || document["retention"] === undefined) return [];
  try {
    parseRetentionPolicy(document["retention"]);
    return [];
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    return error.problems.map((problem) => ({
      ...problem,
      path: problem.path === "" ? "retention" : `retention.${problem.path}`,
    }));
  }
}

function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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

/** The message is for people; \`problems\` has them all. */
const maxLines = 100;

function invalidDefinition(problems: readonly Problem[]): BayplanError {
  const lines = problems
    .slice(0, maxLines)
    .map(
      (problem) =>
        `\n  ${problem.path === "" ? "the definition" : problem.path}: found ${problem.found}, expected ${problem.expected}`,
    );
  const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
  const more = problems.length > maxLines ? `\n  and ${problems.length - maxLines} more` : "";
  return new BayplanError("INVALID_DEFINITION", `The definition has ${count}:${lines.join("")}${more}`, { problems });
}
