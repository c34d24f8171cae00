import Handlebars from "handlebars";
import { metadataError } from "../metadata-error.ts";
import { messageOf } from "../metadata-list.ts";
import { maxTemplate } from "./template-budget.ts";

const maxParentheses = 128;

/** A parsed template: Handlebars' own tree, of which nothing is compiled to code. */
export type TemplateProgram = hbs.AST.Program;

/**
 * Parses a Handlebars template, white space control included.
 *
 * @throws BayplanError `INVALID_INPUT` for wrong syntax, more than 32 768 characters, and more than 128 nested parentheses.
 */
export function parseTemplate(template: string): TemplateProgram {
  if (template.length > maxTemplate) {
    const place = { path: "template", found: template, expected: `at most ${maxTemplate} characters` };
    throw metadataError("The template is too long", place);
  }
  // The parser's time grows with the square of this depth and worse: 6000 take it half a minute.
  if (parenthesisDepth(template) > maxParentheses) {
    const place = { path: "template", found: template, expected: `at most ${maxParentheses} nested parentheses` };
    throw metadataError("The template is nested too deeply", place);
  }
  try {
    return Handlebars.parse(template);
  } catch (error) {
    // A RangeError is the parser's stack: nesting too deep for it.
    throw metadataError(
      messageOf(error),
      { path: "template", found: template, expected: "a Handlebars template" },
      error,
    );
  }
}

function parenthesisDepth(template: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of template) {
    if (character === "(") depth += 1;
    if (character === ")") depth = Math.max(0, depth - 1);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/**
 * Whether a `pattern` is nothing but `{{raw}}`: the one pattern that docker/metadata-action does not replace for
 * pre-releases. What cannot be parsed is not.
 */
export function isRawStatement(pattern: string): boolean {
  if (pattern.length > maxTemplate || parenthesisDepth(pattern) > maxParentheses) return false;
  try {
    const [only, ...others] = Handlebars.parseWithoutProcessing(pattern).body;
    if (only?.type !== "MustacheStatement" || others.length > 0) return false;
    const { path } = only as hbs.AST.MustacheStatement;
    // Literals are no paths: `{{"raw"}}` does not count.
    return path.type === "PathExpression" && (path as hbs.AST.PathExpression).parts.join("\0") === "raw";
  } catch {
    return false;
  }
}
