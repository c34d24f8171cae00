import type { Family, ImageDefinition, VersionLeg } from "../definition/family.ts";
import type { Problem } from "../errors.ts";
import type { BuildStep, TestStep } from "./plan.ts";

/**
 * Every input of a build or a test that does not follow from the definition: what the plan filled in must be the node's version,
 * its image, a value of its leg or a companion's version, and where to push, what to build on and what to test must still be open.
 */
export function inputProblems(
  step: BuildStep | TestStep,
  templates: Readonly<Record<string, string>>,
  { image, version, leg }: { readonly image: ImageDefinition; readonly version: string; readonly leg: VersionLeg },
  family: Family,
): readonly Problem[] {
  const values: Readonly<Record<string, string>> = { ...leg.values, version, image: image.name };
  const part = (text: string): string => {
    const name = /^\{(.*)\}$/s.exec(text)?.[1] ?? "";
    if (Object.hasOwn(values, name)) return escapePattern(values[name] as string);
    const fixed = Object.hasOwn(family.companions, name) ? family.companions[name]?.fixed : undefined;
    if (fixed !== undefined) return escapePattern(fixed);
    return Object.hasOwn(family.companions, name) ? companionPattern : escapePattern(text);
  };
  return Object.entries(templates).flatMap(([name, template]): readonly Problem[] => {
    const pattern = template
      .split(/(\{[^{}]*\})/)
      .map(part)
      .join("");
    const found = Object.hasOwn(step.dispatch.inputs, name) ? (step.dispatch.inputs[name] ?? "") : "";
    if (new RegExp(`^${pattern}$`).test(found)) return [];
    return [{ path: step.id, found: `${name}: ${JSON.stringify(found)}`, expected: `what follows from ${template}` }];
  });
}

/** What versions of any scheme are written with: no white space, no quotes, nothing a shell or a reference would read. */
const companionPattern = "[A-Za-z0-9][A-Za-z0-9.+_-]{0,199}";

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
