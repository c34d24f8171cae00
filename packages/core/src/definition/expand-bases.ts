import { isBayplanError, type Problem } from "../errors.ts";
import { formatPlatform, parsePlatform } from "../oci/platform.ts";
import { parseReference } from "../oci/reference.ts";
import type { Base } from "./family.ts";
import type { BaseConfig, FamilyConfig } from "./family-config.ts";
import { show } from "./problems.ts";

/** What an image is built on, in the order of the document. */
export function expandBases(
  base: string | BaseConfig | readonly (string | BaseConfig)[] | undefined,
  context: {
    readonly path: string;
    readonly images: FamilyConfig["images"];
    /** Of the image, in text form. */
    readonly platforms: readonly string[];
    readonly problems: Problem[];
  },
): readonly Base[] {
  const list = base === undefined ? [] : isList(base) ? base : [base];
  return list.map((entry, index): Base => {
    const { from, stage, platforms } = typeof entry === "string" ? { from: entry } : entry;
    // A plain text is found at the key itself, as it is written.
    const place = isList(base) && typeof entry !== "string" ? `${context.path}[${index}]` : context.path;
    const named = nameBase(from, { ...context, path: typeof entry === "string" ? place : `${place}.from` });
    const limited = platforms === undefined ? {} : { platforms: limit(platforms, `${place}.platforms`, context) };
    return { ...named, ...(stage === "build" ? { stage } : {}), ...limited };
  });
}

function isList<Item>(value: Item | readonly Item[] | undefined): value is readonly Item[] {
  return Array.isArray(value);
}

function nameBase(
  name: string,
  { path, images, problems }: { readonly path: string; readonly images: object; readonly problems: Problem[] },
): Base {
  // Without a registry, tag or digest it can only be meant as an image of the family: the graph says if there is none.
  if (Object.hasOwn(images, name) || !/[/:@]/.test(name)) return { kind: "image", image: name };
  try {
    return { kind: "external", reference: parseReference(name) };
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    problems.push({ path, found: show(name), expected: `an image of this family or a reference. ${error.message}` });
    return { kind: "image", image: name };
  }
}

function limit(
  texts: readonly string[],
  path: string,
  { platforms, problems }: { readonly platforms: readonly string[]; readonly problems: Problem[] },
): readonly string[] {
  return texts.flatMap((text, index) => {
    const at = `${path}[${index}]`;
    try {
      const platform = formatPlatform(parsePlatform(text));
      if (!platforms.includes(platform)) {
        const expected = `a platform of the image: ${platforms.join(", ")}`;
        problems.push({ path: at, found: show(text), expected });
      }
      return [platform];
    } catch (error) {
      if (!isBayplanError(error)) throw error;
      problems.push({ path: at, found: show(text), expected: "os/architecture, for example linux/arm64" });
      return [];
    }
  });
}
