import type { Problem } from "../errors.ts";
import { templateNames } from "../tags/render-template.ts";
import type { Base } from "./family.ts";
import { show } from "./problems.ts";

/** What a workflow gets when the definition does not say: the contract of `docs/build-workflow.md`. */
export function defaultInputs(has: {
  readonly base: boolean;
  readonly args: boolean;
}): Readonly<Record<string, string>> {
  const inputs = { version: "{version}", destination: "{destination}" };
  return { ...inputs, ...(has.base ? { base: "{base}" } : {}), ...(has.args ? { args: "{args}" } : {}) };
}

/** What braces in inputs mean in every definition. */
export const reservedInputNames: readonly string[] = ["version", "image", "destination", "base", "args", "tested"];

/** The names that may stand in braces in the inputs of an image. */
function inputNames(bases: readonly Base[], named: readonly string[]): readonly string[] {
  const ofBases = bases.flatMap((base) => (base.kind === "image" ? [`base:${base.image}`] : []));
  return ["version", "image", "destination", ...(bases.length > 0 ? ["base"] : []), ...ofBases, ...named];
}

/** Inputs that have something in braces which means nothing there. */
export function bracesProblems(
  inputs: Readonly<Record<string, string>>,
  known: readonly string[],
  path: string,
): readonly Problem[] {
  return Object.entries(inputs).flatMap(([name, template]): readonly Problem[] => {
    const unknown = templateNames(template).filter((used) => !known.includes(used));
    if (unknown.length === 0) return [];
    const expected = `only ${known.map((used) => `{${used}}`).join(", ")} in braces`;
    return [{ path: `${path}.${name}`, found: show(template), expected }];
  });
}

/** Everything wrong with the inputs of one image. */
export function checkInputs(
  inputs: Readonly<Record<string, string>>,
  context: {
    readonly path: string;
    readonly publish: "staged" | "direct";
    readonly bases: readonly Base[];
    /** Names of companions and of values that every version has. */
    readonly named: readonly string[];
    readonly args: readonly string[];
  },
): readonly Problem[] {
  const args = context.args.length === 0 ? [] : ["args", ...context.args.map((name) => `arg:${name}`)];
  const known = [...inputNames(context.bases, context.named), ...args];
  const problems = bracesProblems(inputs, known, context.path);
  const pushes = Object.values(inputs).some((template) => templateNames(template).includes("destination"));
  if (pushes || context.publish === "direct") return problems;
  const expected =
    'an input that tells the workflow where to push, for example destination: "{destination}"; or publish: "direct"';
  return [...problems, { path: context.path, found: "no input with {destination}", expected }];
}
