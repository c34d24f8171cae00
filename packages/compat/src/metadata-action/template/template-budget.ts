import { metadataError } from "../metadata-error.ts";

/** What rendering one template may still use. */
export interface TemplateBudget {
  /** Counts one evaluated node, at this depth of nesting. */
  step(depth: number): void;
  /** Counts text and gives it back. */
  write(text: string): string;
}

/** Longest template that is parsed, in characters. Text without `{{` is no template and may be longer. */
export const maxTemplate = 32_768;
const maxSteps = 20_000;
const maxDepth = 64;
const maxOutput = 1_048_576;

/** A budget that throws `INVALID_INPUT` after 20 000 nodes, below 64 levels or beyond 1 MiB of text. */
export function createTemplateBudget(template: string): TemplateBudget {
  let steps = 0;
  let written = 0;
  const refuse = (words: string, expected: string): Error =>
    metadataError(words, { path: "template", found: template, expected });
  return {
    step(depth) {
      steps += 1;
      if (steps > maxSteps) throw refuse("The template takes too long", `at most ${maxSteps} expressions and loops`);
      if (depth > maxDepth) throw refuse("The template is nested too deeply", `at most ${maxDepth} levels`);
    },
    write(text) {
      written += text.length;
      if (written > maxOutput) throw refuse("The template renders to too much", `at most ${maxOutput} characters`);
      return text;
    },
  };
}
