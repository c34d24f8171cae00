import type { ImageDefinition } from "../definition/family.ts";
import { renderTemplate, templateNames } from "../tags/render-template.ts";
import type { FamilyNode } from "./family-nodes.ts";

/** The inputs of a node's build, by name in the order of canonical JSON, whatever that of the definition is. */
export interface FilledInputs {
  /** With everything filled in that is known before executing; the rest is still in braces. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Those that do not say where to push or what to build on: the build's arguments. */
  readonly args: Readonly<Record<string, string>>;
}

type NodeValues = Pick<FamilyNode, "image" | "version" | "companions">;

/** Fills the templates of an image's inputs. Nodes whose templates and values are the same share what comes of them. */
export function fillInputs(node: NodeValues): FilledInputs {
  const { image, version, companions } = node;
  const last = lastFilled.get(image.inputs);
  const isSame = last?.node.version === version && last.node.companions === companions;
  if (isSame && (last.node.image.name === image.name || !last.isAboutImage)) return last.filled;
  const filled = fill(node);
  const isAboutImage = Object.values(image.inputs).some((template) => templateNames(template).includes("image"));
  lastFilled.set(image.inputs, { node: { image, version, companions }, isAboutImage, filled });
  return filled;
}

interface LastFilled {
  readonly node: NodeValues;
  readonly isAboutImage: boolean;
  readonly filled: FilledInputs;
}

const lastFilled = new WeakMap<ImageDefinition["inputs"], LastFilled>();

function fill({ image, version, companions }: NodeValues): FilledInputs {
  const values: Readonly<Record<string, string>> = { ...companions, version, image: image.name };
  const templates = Object.entries(image.inputs).sort(([left], [right]) => (left < right ? -1 : 1));
  const inputs = templates.map(([name, template]) => [name, fillKnown(template, values)] as const);
  const args = templates.flatMap(([name, template]) => {
    const value = templateNames(template).some(isLate) ? undefined : renderTemplate(template, values);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { inputs: Object.fromEntries(inputs), args: Object.fromEntries(args) };
}

const isLate = (name: string) => name === "destination" || name === "base" || name.startsWith("base:");

function fillKnown(template: string, values: Readonly<Record<string, string>>): string {
  const known = templateNames(template).filter((used) => Object.hasOwn(values, used));
  return known.reduce((text, used) => text.replaceAll(`{${used}}`, () => values[used] as string), template);
}
