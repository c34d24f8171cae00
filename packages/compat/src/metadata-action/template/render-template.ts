import Handlebars from "handlebars";
import { parseTemplate, type TemplateProgram } from "./parse-template.ts";
import { createTemplateBudget, type TemplateBudget } from "./template-budget.ts";
import { callIfFunction, type HelperCall, renderValueBlock, templateHelpers } from "./template-helpers.ts";
import { isSimpleId, resolvePath, type TemplateFunction, type TemplateScope } from "./template-scope.ts";

/** What came of a template. */
export interface RenderedTemplate {
  readonly text: string;
  /** Whether a value was changed because Handlebars writes HTML. */
  readonly escaped: boolean;
}

interface Rendering {
  readonly budget: TemplateBudget;
  escaped: boolean;
}

/**
 * Renders a Handlebars template over a context without compiling it: the tree is walked, so nothing of the template
 * ever runs as code. Built-in helpers and the context's own properties and functions can be reached, nothing
 * inherited; partials and decorators cannot. Unknown names render empty, values are escaped for HTML.
 *
 * @throws BayplanError `INVALID_INPUT` for wrong syntax and what exceeds the limits of size, depth and steps. What a
 * function of the context throws passes through, and so does an `Error` for a wrong call.
 */
export function renderTemplate(template: string, context: Readonly<Record<string, unknown>>): RenderedTemplate {
  return renderProgram(parseTemplate(template), context, { template });
}

/** {@link renderTemplate} for a template that is parsed already. */
export function renderProgram(
  program: TemplateProgram,
  context: Readonly<Record<string, unknown>>,
  { template }: { readonly template: string },
): RenderedTemplate {
  const rendering: Rendering = { budget: createTemplateBudget(template), escaped: false };
  const scope: TemplateScope = {
    contexts: [context],
    data: { values: { root: context }, parent: undefined },
    named: [],
    depth: 0,
  };
  const text = renderBody(program, scope, rendering);
  return { text, escaped: rendering.escaped };
}

function renderBody(program: hbs.AST.Program, scope: TemplateScope, rendering: Rendering): string {
  return program.body.map((statement) => renderStatement(statement, scope, rendering)).join("");
}

function renderStatement(statement: hbs.AST.Statement, scope: TemplateScope, rendering: Rendering): string {
  rendering.budget.step(scope.depth);
  switch (statement.type) {
    case "ContentStatement":
      return rendering.budget.write((statement as hbs.AST.ContentStatement).value);
    case "CommentStatement":
      return "";
    case "MustacheStatement":
      return renderMustache(statement as hbs.AST.MustacheStatement, scope, rendering);
    case "BlockStatement":
      return renderBlock(statement as hbs.AST.BlockStatement, scope, rendering);
    case "PartialStatement":
    case "PartialBlockStatement":
      throw new Error(`The partial ${nameOf((statement as hbs.AST.PartialStatement).name)} could not be found`);
    default:
      throw new Error(`${statement.type} is not supported`);
  }
}

function renderMustache(statement: hbs.AST.MustacheStatement, scope: TemplateScope, rendering: Rendering): string {
  const value = evaluateCall(statement, scope, rendering);
  if (isNothing(value)) return "";
  const plain = String(value);
  // The type declarations know no `escaped`; `{{{x}}}` and `{{&x}}` have it false.
  if ((statement as { readonly escaped?: boolean }).escaped === false) return rendering.budget.write(plain);
  const text = Handlebars.escapeExpression(plain);
  if (text !== plain) rendering.escaped = true;
  return rendering.budget.write(text);
}

function renderBlock(statement: hbs.AST.BlockStatement, scope: TemplateScope, rendering: Rendering): string {
  const path = pathOf(statement.path);
  const call = helperCall(statement, scope, rendering);
  // With parameters it is a call, and what it gives is the block's text; otherwise a value decides about the block.
  const value = evaluateExpression(path, call, scope);
  if (isCall(statement) || (isSimpleId(path) && templateHelpers.has(nameOf(path)))) {
    return isNothing(value) ? "" : rendering.budget.write(String(value));
  }
  return renderValueBlock(value, call);
}

/** A function that was looked up and not called renders nothing: Handlebars would print its source. */
function isNothing(value: unknown): boolean {
  return value === null || value === undefined || typeof value === "function";
}

type Callable = hbs.AST.MustacheStatement | hbs.AST.BlockStatement | hbs.AST.SubExpression;

function evaluateCall(node: Callable, scope: TemplateScope, rendering: Rendering): unknown {
  return evaluateExpression(pathOf(node.path), helperCall(node, scope, rendering), scope);
}

function evaluateExpression(path: hbs.AST.PathExpression, call: HelperCall, scope: TemplateScope): unknown {
  const isNamed = isSimpleId(path) && !isBlockName(path, scope);
  const helper = isNamed ? templateHelpers.get(path.parts[0] ?? "") : undefined;
  if (helper !== undefined) return helper(call);
  const value = resolvePath(path, scope);
  if (!call.isCall && !isNamed) return callIfFunction(value);
  if (typeof value === "function")
    return (value as TemplateFunction)(...call.parameters, { name: call.name, hash: call.hash });
  if (!call.isCall) return value;
  if (value) throw new TypeError(`${call.name} is not a function`);
  if (call.parameters.length === 0) return undefined;
  throw new Error(`Missing helper: "${call.name}"`);
}

function isBlockName(path: hbs.AST.PathExpression, scope: TemplateScope): boolean {
  return scope.named.some((names) => names.has(path.parts[0] ?? ""));
}

function helperCall(node: Callable, scope: TemplateScope, rendering: Rendering): HelperCall {
  rendering.budget.step(scope.depth);
  const inner = { ...scope, depth: scope.depth + 1 };
  const value = (expression: hbs.AST.Expression): unknown => evaluateParameter(expression, inner, rendering);
  const { program, inverse } = node as Partial<hbs.AST.BlockStatement>;
  return {
    name: nameOf(node.path),
    isCall: isCall(node),
    parameters: node.params.map(value),
    hash: hashOf(node, value),
    scope,
    blockNames: program?.blockParams ?? [],
    block: (blockScope) => (program ? renderBody(program, blockScope, rendering) : ""),
    otherwise: (blockScope) => (inverse ? renderBody(inverse, blockScope, rendering) : ""),
  };
}

/** Named parameters, the last first as Handlebars has them. Their names come from the template: no prototype for them. */
function hashOf(node: Callable, value: (expression: hbs.AST.Expression) => unknown): HelperCall["hash"] {
  const pairs = (node.hash?.pairs ?? []).map((pair): [string, unknown] => [pair.key, value(pair.value)]);
  return Object.assign(Object.create(null), Object.fromEntries(pairs.reverse()));
}

function isCall(node: Callable): boolean {
  return node.type === "SubExpression" || node.params.length > 0 || node.hash !== undefined;
}

function evaluateParameter(expression: hbs.AST.Expression, scope: TemplateScope, rendering: Rendering): unknown {
  rendering.budget.step(scope.depth);
  switch (expression.type) {
    case "SubExpression":
      return evaluateCall(expression as hbs.AST.SubExpression, scope, rendering);
    case "PathExpression":
      return resolvePath(expression as hbs.AST.PathExpression, scope);
    case "UndefinedLiteral":
      return undefined;
    case "NullLiteral":
      return null;
    default:
      return (expression as hbs.AST.StringLiteral).value;
  }
}

/** A literal in the place of a name is a name: `{{"branch"}}`. */
function pathOf(node: hbs.AST.Node): hbs.AST.PathExpression {
  if (node.type === "PathExpression") return node as hbs.AST.PathExpression;
  const name = String((node as hbs.AST.StringLiteral).original);
  return { type: "PathExpression", loc: node.loc, data: false, depth: 0, parts: [name], original: name } as never;
}

function nameOf(node: hbs.AST.Node): string {
  return String((node as hbs.AST.PathExpression).original);
}
