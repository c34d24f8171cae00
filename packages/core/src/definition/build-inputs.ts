import type { Problem } from "../errors.ts";
import { templateNames } from "../tags/render-template.ts";
import type { Base } from "./family.ts";
import { show } from "./problems.ts";

/** What a workflow gets when the definition does not say: the contract of `docs/build-workflow.md`. */
export function defaultInputs(hasBase: boolean): Readonly<Record<string, string>> {
  const inputs = { version: "{version}", destination: "{destination}" };
  return hasBase ? { ...inputs, base: "{base}" } : inputs;
}

/** What braces in inputs mean in every definition. */
export const reservedInputNames: readonly string[] = ["version", "image", "destination", "base"];

/** The names that may stand in braces in the inputs of an image. */
function inputNames(bases: readonly Base[], companions: readonly string[]): readonly string[] {
  const named = bases.flatMap((base) => (base.kind === "image" ? [`base:${base.image}`] : []));
  return ["version", "image", "destination", ...(bases.length > 0 ? ["base"] : []), ...named, ...companions];
}

/** Everything wrong with the inputs of one image. */
export function checkInputs(
  inputs: Readonly<Record<string, string>>,
  context: {
    readonly path: string;
    readonly publish: "staged" | "direct";
    readonly bases: readonly Base[];
    readonly companions: readonly string[];
  },
): readonly Problem[] {
  const known = inputNames(context.bases, context.companions);
  const problems = Object.entries(inputs).flatMap(([name, template]): readonly Problem[] => {
    const unknown = templateNames(template).filter((used) => !known.includes(used));
    if (unknown.length === 0) return [];
    const expected = `only ${known.map((used) => `{${used}}`).join(", ")} in braces`;
    return [{ path: `${context.path}.${name}`, found: show(template), expected }];
  });
  const pushes = Object.values(inputs).some((template) => templateNames(template).includes("destination"));
  if (pushes || context.publish === "direct") return problems;
  const expected =
    'an input that tells the workflow where to push, for example destination: "{destination}"; or publish: "direct"';
  return [...problems, { path: context.path, found: "no input with {destination}", expected }];
}
