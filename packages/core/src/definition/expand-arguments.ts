import type { Problem } from "../errors.ts";
import { templateNames } from "../tags/render-template.ts";
import { show } from "./problems.ts";

type Texts = Readonly<Record<string, string>>;

/** The family's build arguments with the image's own over them, in the order of the document. */
export function mergeArguments(family: Texts | undefined, image: Texts | undefined): Texts {
  return Object.fromEntries([...Object.entries(family ?? {}), ...Object.entries(image ?? {})]);
}

/**
 * The inputs with build arguments put in: `{args}` is one `NAME=value` a line, as build actions take them, `{arg:NAME}` is
 * one value. What the values have in braces is filled in later, like everything else in inputs.
 */
export function putArguments(inputs: Texts, args: Texts): Texts {
  const lines = Object.entries(args)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");
  const filled = Object.entries(inputs).map(([name, template]) => {
    const one = template.replaceAll(/\{arg:([^{}]*)\}/g, (whole, used: string) =>
      Object.hasOwn(args, used) ? (args[used] as string) : whole,
    );
    return [name, one.replaceAll("{args}", () => lines)] as const;
  });
  return Object.fromEntries(filled);
}

/** Build arguments that no input takes to the build, and names in braces that mean nothing in an argument. */
export function argumentProblems(
  args: Texts,
  inputs: Texts,
  context: { readonly path: string; readonly known: readonly string[] },
): readonly Problem[] {
  const { path, known } = context;
  const used = new Set(Object.values(inputs).flatMap(templateNames));
  return Object.entries(args).flatMap(([name, value]): readonly Problem[] => {
    const at = `${path}.args.${name}`;
    const unknown = templateNames(value).some((inBraces) => !known.includes(inBraces));
    if (unknown) {
      const expected = `only ${known.map((one) => `{${one}}`).join(", ")} in braces`;
      return [{ path: at, found: show(value), expected }];
    }
    if (used.has("args") || used.has(`arg:${name}`)) return [];
    const expected = `an input with {args} or {arg:${name}}, for example build_args: "{args}"`;
    return [{ path: at, found: "an argument that no input passes on", expected }];
  });
}
