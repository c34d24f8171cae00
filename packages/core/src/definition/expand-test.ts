import type { Problem } from "../errors.ts";
import { templateNames } from "../tags/render-template.ts";
import { bracesProblems } from "./build-inputs.ts";
import type { ImageTest } from "./family.ts";
import type { TestConfig } from "./family-config.ts";

const defaultInputs = { version: "{version}", tested: "{tested}" };

/** The test that a short form stands for; `undefined` where none is wanted. */
export function expandTest(
  config: string | TestConfig | false | undefined,
  defaults: { readonly gitRepository: string | undefined; readonly timeoutMs: number },
): ImageTest | undefined {
  if (config === undefined || config === false) return undefined;
  const { workflow, inputs, timeoutSeconds, ...own } = typeof config === "string" ? { workflow: config } : config;
  const gitRepository = own.gitRepository ?? defaults.gitRepository;
  return {
    workflow,
    ...(gitRepository === undefined ? {} : { gitRepository }),
    inputs: inputs ?? defaultInputs,
    timeoutMs: timeoutSeconds === undefined ? defaults.timeoutMs : timeoutSeconds * 1000,
  };
}

/**
 * Everything wrong with the inputs of a test.
 *
 * @param named - Names of companions and of values that every version has.
 */
export function testProblems(
  { inputs }: ImageTest,
  { path, named }: { readonly path: string; readonly named: readonly string[] },
): readonly Problem[] {
  const problems = bracesProblems(inputs, ["version", "image", "tested", ...named], path);
  if (Object.values(inputs).some((template) => templateNames(template).includes("tested"))) return problems;
  const expected = 'an input that tells the workflow what to test, for example tested: "{tested}"';
  return [...problems, { path, found: "no input with {tested}", expected }];
}
