/** A function that a template may call: its parameters, then one object with the named ones. */
export type TemplateFunction = (...parameters: unknown[]) => unknown;

/** What `@first`, `@key` and so on are, and those of the block around it. */
export interface TemplateData {
  readonly values: Readonly<Record<string, unknown>>;
  readonly parent: TemplateData | undefined;
}

/** Where an expression is evaluated. */
export interface TemplateScope {
  /** The value of `this`, then those of the blocks around it that had another one. */
  readonly contexts: readonly unknown[];
  readonly data: TemplateData;
  /** Names of `as |name|`, the innermost block first. */
  readonly named: readonly ReadonlyMap<string, unknown>[];
  /** How many blocks and sub-expressions are around it. */
  readonly depth: number;
}

/**
 * An own data property, nothing inherited, nothing of a function: `constructor` and `__proto__` lead nowhere.
 */
export function lookupOwn(holder: unknown, name: string): unknown {
  if (holder === null || holder === undefined) return holder;
  // Functions are opaque: their `prototype` leads to `constructor`.
  if (typeof holder === "function") return undefined;
  const boxed: object = Object(holder);
  return Object.hasOwn(boxed, name) ? (boxed as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** What a path means in a scope; functions are not called. */
export function resolvePath(path: hbs.AST.PathExpression, scope: TemplateScope): unknown {
  const [name, ...rest] = path.parts;
  const isScoped = isScopedId(path);
  if (name !== undefined && path.depth === 0 && !isScoped && !path.data) {
    const block = scope.named.find((names) => names.has(name));
    if (block !== undefined) return rest.reduce(lookupOwn, block.get(name));
  }
  if (name !== undefined && path.data) return path.parts.reduce<unknown>(lookupOwn, dataAt(scope, path.depth));
  return path.parts.reduce<unknown>(lookupOwn, scope.contexts[path.depth]);
}

/** Whether a path is one plain name, which may be that of a helper. */
export function isSimpleId(path: hbs.AST.PathExpression): boolean {
  return path.parts.length === 1 && !isScopedId(path) && path.depth === 0;
}

// Handlebars' own test. It takes every path that has a word ending in `this` for a scoped one.
function isScopedId(path: hbs.AST.PathExpression): boolean {
  return /^\.|this\b/.test(path.original);
}

function dataAt(scope: TemplateScope, depth: number): unknown {
  let data: TemplateData | undefined = scope.data;
  for (let level = 0; level < depth; level += 1) data = data?.parent;
  return data?.values;
}

/** The scope inside a block. An equal `this` is no level of its own, so `../` passes over it. */
export function innerScope(
  scope: TemplateScope,
  context: unknown,
  options: { readonly data?: TemplateData | undefined; readonly names?: ReadonlyMap<string, unknown> | undefined } = {},
): TemplateScope {
  return {
    contexts: context === scope.contexts[0] ? scope.contexts : [context, ...scope.contexts],
    data: options.data ?? scope.data,
    named: options.names === undefined ? scope.named : [options.names, ...scope.named],
    depth: scope.depth + 1,
  };
}
