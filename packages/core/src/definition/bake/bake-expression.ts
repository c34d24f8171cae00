import { accept, type BakeCursor, deeper, expect, problem, skipBlanks, take } from "./bake-cursor.ts";
import { bakeFunctions } from "./bake-functions.ts";
import { applyOperator, bakeNumber, bakeTruth, operatorLevels } from "./bake-operators.ts";
import { type BakeValue, bakeText, bounded, isBakeList, isBakeObject, whatItIs } from "./bake-value.ts";

/** What names mean inside an expression. */
export interface BakeScope {
  /** Where the expression stands, for errors. */
  readonly path: string;
  /** The value of a name; `undefined` when there is none. */
  value(name: string): BakeValue | undefined;
  /** What a function of the document gives; `undefined` when there is none of this name. */
  call(name: string, args: readonly BakeValue[]): BakeValue | undefined;
}

interface Cursor extends BakeCursor {
  readonly scope: BakeScope;
}

const maxLength = 1_000_000;

/**
 * A text of a bake file with its `${…}` filled in; one that is nothing but a `${…}` keeps the type of its value. `$${` and
 * `%%{` stand for themselves.
 *
 * @throws BayplanError `INVALID_INPUT` for unknown names, wrong types, and directives (`%{ if`) and `for`, which are not read here.
 */
export function evaluateTemplate(text: string, scope: BakeScope): BakeValue {
  return readTemplate({ text, scope, path: scope.path, at: 0, depth: 0 }, undefined);
}

function readTemplate(cursor: Cursor, end: '"' | undefined): BakeValue {
  deeper(cursor);
  const parts: BakeValue[] = [];
  let literal = "";
  let length = 0;
  for (;;) {
    const char = cursor.text[cursor.at];
    if (char === undefined && end !== undefined) throw problem(cursor, "a text that does not end", 'a closing "');
    if (char === end || char === undefined) break;
    if (cursor.text.startsWith("$${", cursor.at) || cursor.text.startsWith("%%{", cursor.at)) {
      literal += `${char}{`;
      cursor.at += 3;
    } else if (cursor.text.startsWith("${", cursor.at)) {
      if (literal !== "") parts.push(literal);
      literal = "";
      cursor.at += 2;
      parts.push(readExpression(cursor));
      expect(cursor, "}");
    } else if (cursor.text.startsWith("%{", cursor.at)) {
      throw problem(
        cursor,
        "a template directive (%{ … })",
        "conditions inside an interpolation; write %%{ for the characters themselves",
      );
    } else if (char === "\\" && end !== undefined) literal += readEscape(cursor);
    else {
      literal += char;
      cursor.at += 1;
    }
  }
  if (end !== undefined) cursor.at += 1;
  cursor.depth -= 1;
  if (literal === "" && parts.length === 1) return parts[0] ?? null;
  const texts = [...parts, literal].map((part) => {
    length += bakeText(part, cursor.path).length;
    if (length > maxLength) throw problem(cursor, "a text that grows without end", `at most ${maxLength} characters`);
    return bakeText(part, cursor.path);
  });
  return texts.join("");
}

function readEscape(cursor: Cursor): string {
  const next = cursor.text[cursor.at + 1] ?? "";
  cursor.at += 2;
  return ({ n: "\n", r: "\r", t: "\t" } as Readonly<Record<string, string>>)[next] ?? next;
}

function readExpression(cursor: Cursor): BakeValue {
  deeper(cursor);
  const condition = readBinary(cursor, 0);
  let result = condition;
  if (accept(cursor, "?")) {
    const yes = readExpression(cursor);
    expect(cursor, ":");
    const no = readExpression(cursor);
    result = bakeTruth(condition, cursor.path) ? yes : no;
  }
  cursor.depth -= 1;
  return result;
}

function readBinary(cursor: Cursor, level: number): BakeValue {
  const operators = operatorLevels[level];
  if (operators === undefined) return readUnary(cursor);
  let left = readBinary(cursor, level + 1);
  for (;;) {
    const operator = operators.find((candidate) => accept(cursor, candidate));
    if (operator === undefined) return left;
    left = applyOperator(operator, { left, right: readBinary(cursor, level + 1), path: cursor.path });
  }
}

function readUnary(cursor: Cursor): BakeValue {
  deeper(cursor);
  const value = accept(cursor, "!")
    ? !bakeTruth(readUnary(cursor), cursor.path)
    : accept(cursor, "-")
      ? -bakeNumber(readUnary(cursor), cursor.path)
      : readPostfix(cursor);
  cursor.depth -= 1;
  return value;
}

function readPostfix(cursor: Cursor): BakeValue {
  let value = readPrimary(cursor);
  for (;;) {
    if (accept(cursor, "[")) {
      value = member(cursor, value, readExpression(cursor));
      expect(cursor, "]");
    } else if (cursor.text[cursor.at] === "." && /[\w-]/.test(cursor.text[cursor.at + 1] ?? "")) {
      cursor.at += 1;
      value = member(cursor, value, take(cursor, /[A-Za-z0-9_-]+/y));
    } else return value;
  }
}

function member(cursor: Cursor, value: BakeValue, key: BakeValue): BakeValue {
  if (isBakeList(value) && /^\d+$/.test(String(key))) {
    const item = value[Number(key)];
    if (item !== undefined) return item;
  }
  if (isBakeObject(value) && typeof key === "string" && Object.hasOwn(value, key)) return value[key] ?? null;
  throw problem(cursor, `no ${String(key)} in ${whatItIs(value)}`, "one of its members");
}

function readPrimary(cursor: Cursor): BakeValue {
  skipBlanks(cursor);
  const char = cursor.text[cursor.at] ?? "";
  if (char === '"') {
    cursor.at += 1;
    return readTemplate(cursor, '"');
  }
  if (accept(cursor, "(")) {
    const value = readExpression(cursor);
    expect(cursor, ")");
    return value;
  }
  if (accept(cursor, "[")) return readList(cursor, "]");
  const digits = take(cursor, /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
  if (digits !== "") return Number(digits);
  const name = take(cursor, /[A-Za-z_][A-Za-z0-9_-]*/y);
  if (name === "") throw problem(cursor, cursor.text.slice(cursor.at, cursor.at + 20) || "nothing", "a value");
  if (accept(cursor, "(")) return call(cursor, name, readList(cursor, ")"));
  if (name === "true" || name === "false") return name === "true";
  if (name === "null") return null;
  const value = cursor.scope.value(name === "target" ? targetPath(cursor) : name);
  if (value === undefined) throw problem(cursor, `the name ${name}`, "a variable or attribute of the file");
  return value;
}

/** `target.NAME.FIELD` is one name: only that field is worked out. */
function targetPath(cursor: Cursor): string {
  const [, name, field] = [take(cursor, /\./y), take(cursor, /[A-Za-z0-9_-]+/y), take(cursor, /\.[A-Za-z0-9_-]+/y)];
  if (name === "" || field === "") throw problem(cursor, "target without a name and a field", "target.NAME.FIELD");
  return `target.${name}${field}`;
}

function readList(cursor: Cursor, end: "]" | ")"): readonly BakeValue[] {
  const items: BakeValue[] = [];
  while (!accept(cursor, end)) {
    items.push(readExpression(cursor));
    if (!accept(cursor, ",")) {
      expect(cursor, end);
      break;
    }
  }
  return bounded(items, cursor.path);
}

function call(cursor: Cursor, name: string, args: readonly BakeValue[]): BakeValue {
  const own = cursor.scope.call(name, args);
  if (own !== undefined) return own;
  const known = bakeFunctions.get(name);
  if (known === undefined)
    throw problem(cursor, `the function ${name}`, `one of ${[...bakeFunctions.keys()].join(", ")}`);
  try {
    return bounded(known(args), cursor.path);
  } catch (error) {
    if (error instanceof TypeError) throw problem(cursor, `${name}() with other arguments`, error.message);
    throw error;
  }
}
