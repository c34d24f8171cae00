import {
  innerScope,
  lookupOwn,
  type TemplateData,
  type TemplateFunction,
  type TemplateScope,
} from "./template-scope.ts";

/** One call of a helper. */
export interface HelperCall {
  readonly name: string;
  /** Whether it was written as a call: with parameters, or as a sub-expression. */
  readonly isCall: boolean;
  readonly parameters: readonly unknown[];
  readonly hash: Readonly<Record<string, unknown>>;
  readonly scope: TemplateScope;
  /** Names of `as |value key|`. */
  readonly blockNames: readonly string[];
  /** Renders the block, or nothing where there is none. */
  readonly block: (scope: TemplateScope) => string;
  readonly otherwise: (scope: TemplateScope) => string;
}

/** Handlebars' own helpers, without `log`'s printing. Nothing else can be called but what the context holds. */
export const templateHelpers: ReadonlyMap<string, (call: HelperCall) => unknown> = new Map([
  ["if", (call: HelperCall) => renderIf(call, true)],
  ["unless", (call: HelperCall) => renderIf(call, false)],
  ["each", renderEach],
  ["with", renderWith],
  ["lookup", lookUp],
  ["log", () => undefined],
]);

/** What a block over a plain value renders: arrays are loops, `false` and nothing are the other branch. */
export function renderValueBlock(value: unknown, call: HelperCall): string {
  const [context] = call.scope.contexts;
  if (value === true) return call.block(innerScope(call.scope, context));
  const isEmptyArray = Array.isArray(value) && value.length === 0;
  if (value === false || value === null || value === undefined || isEmptyArray) {
    return call.otherwise(innerScope(call.scope, context));
  }
  if (Array.isArray(value)) return renderEach({ ...call, parameters: [value] });
  return call.block(innerScope(call.scope, value));
}

/** Calls a function where there is one. */
export function callIfFunction(value: unknown): unknown {
  return typeof value === "function" ? (value as TemplateFunction)() : value;
}

function renderIf(call: HelperCall, wanted: boolean): string {
  if (call.parameters.length !== 1) throw new Error(`#${call.name} requires exactly one argument`);
  const condition = callIfFunction(call.parameters[0]);
  const isFalse = call.hash["includeZero"] ? isEmpty(condition) : !condition || isEmpty(condition);
  const scope = innerScope(call.scope, call.scope.contexts[0]);
  return isFalse === wanted ? call.otherwise(scope) : call.block(scope);
}

function renderWith(call: HelperCall): string {
  if (call.parameters.length !== 1) throw new Error("#with requires exactly one argument");
  const context = callIfFunction(call.parameters[0]);
  if (isEmpty(context)) return call.otherwise(innerScope(call.scope, call.scope.contexts[0]));
  return call.block(innerScope(call.scope, context, { names: blockNames(call, [context]) }));
}

function renderEach(call: HelperCall): string {
  if (call.parameters.length === 0) throw new Error("Must pass iterator to #each");
  const list = callIfFunction(call.parameters[0]);
  const entries: [unknown, unknown][] = Array.isArray(list)
    ? [...list.entries()]
    : typeof list === "object" && list !== null
      ? Object.entries(list)
      : [];
  if (entries.length === 0) return call.otherwise(innerScope(call.scope, call.scope.contexts[0]));
  const rendered = entries.map(([key, value], index) => {
    const position = { key, index, first: index === 0, last: index === entries.length - 1 };
    const data: TemplateData = { values: { ...call.scope.data.values, ...position }, parent: call.scope.data };
    return call.block(innerScope(call.scope, value, { data, names: blockNames(call, [value, key]) }));
  });
  return rendered.join("");
}

function lookUp(call: HelperCall): unknown {
  const [holder, name] = call.parameters;
  if (call.parameters.length < 2) return call.parameters.length === 0 ? undefined : holder;
  return holder ? lookupOwn(holder, String(name)) : holder;
}

function blockNames(call: HelperCall, values: readonly unknown[]): ReadonlyMap<string, unknown> | undefined {
  if (call.blockNames.length === 0) return undefined;
  return new Map(call.blockNames.map((name, index) => [name, values[index]]));
}

function isEmpty(value: unknown): boolean {
  return (!value && value !== 0) || (Array.isArray(value) && value.length === 0);
}
