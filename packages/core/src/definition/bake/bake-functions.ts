import { type BakeValue, bakeText, isBakeList, isBakeObject } from "./bake-value.ts";

type BakeFunction = (args: readonly BakeValue[]) => BakeValue;

const text = (value: BakeValue | undefined) => bakeText(value, "a function");
const list = (value: BakeValue | undefined): readonly BakeValue[] => {
  if (isBakeList(value)) return value;
  throw new TypeError("a list is needed");
};
const number = (value: BakeValue | undefined): number => {
  const converted = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof converted === "number" && Number.isFinite(converted)) return converted;
  throw new TypeError("a number is needed");
};
const flag = (value: BakeValue | undefined): boolean => {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw new TypeError("true or false is needed");
};

/** Whether two values are equal, type and content. */
export function isSameValue(left: BakeValue | undefined, right: BakeValue | undefined): boolean {
  if (isBakeList(left) && isBakeList(right)) {
    return left.length === right.length && left.every((item, index) => isSameValue(item, right[index]));
  }
  if (isBakeObject(left) && isBakeObject(right)) {
    const keys = Object.keys(left);
    return keys.length === Object.keys(right).length && keys.every((key) => isSameValue(left[key], right[key]));
  }
  return left === right;
}

function trimSet(value: string, set: string): string {
  const inside = new Set(set);
  const chars = [...value];
  const first = chars.findIndex((char) => !inside.has(char));
  return first < 0 ? "" : chars.slice(first, chars.findLastIndex((char) => !inside.has(char)) + 1).join("");
}

function indexOf(items: readonly BakeValue[], wanted: BakeValue | undefined): number {
  const index = items.findIndex((item) => isSameValue(item, wanted));
  if (index < 0) throw new TypeError("the item is not in the list");
  return index;
}

const length: BakeFunction = ([of]) => {
  if (isBakeObject(of)) return Object.keys(of).length;
  return typeof of === "string" ? [...of].length : list(of).length;
};

/** The functions of bake's standard library that depend on nothing but their arguments and that targets are named with. */
export const bakeFunctions: ReadonlyMap<string, BakeFunction> = new Map<string, BakeFunction>([
  ["upper", ([of]) => text(of).toUpperCase()],
  ["lower", ([of]) => text(of).toLowerCase()],
  [
    "title",
    ([of]) => text(of).replace(/(^|\s)(\S)/g, (_, before: string, char: string) => before + char.toUpperCase()),
  ],
  ["replace", ([of, from, to]) => text(of).replaceAll(text(from), () => text(to))],
  ["split", ([by, of]) => text(of).split(text(by))],
  ["join", ([by, ...lists]) => lists.flatMap(list).map(text).join(text(by))],
  ["trim", ([of, set]) => trimSet(text(of), text(set))],
  ["trimspace", ([of]) => text(of).trim()],
  [
    "trimprefix",
    ([of, prefix]) => (text(of).startsWith(text(prefix)) ? text(of).slice(text(prefix).length) : text(of)),
  ],
  [
    "trimsuffix",
    ([of, suffix]) =>
      text(of).endsWith(text(suffix)) ? text(of).slice(0, text(of).length - text(suffix).length) : text(of),
  ],
  [
    "substr",
    ([of, from, count]) => {
      const chars = [...text(of)];
      const start = number(from) < 0 ? chars.length + number(from) : number(from);
      return chars.slice(start, number(count) < 0 ? undefined : start + number(count)).join("");
    },
  ],
  ["sanitize", ([of]) => text(of).replace(/[^a-zA-Z0-9_-]/gu, "_")],
  ["strlen", ([of]) => [...text(of)].length],
  ["length", length],
  ["basename", ([of]) => text(of).replace(/\/+$/, "").split("/").at(-1) ?? ""],
  ["concat", (lists) => lists.flatMap(list)],
  ["contains", ([of, wanted]) => list(of).some((item) => isSameValue(item, wanted))],
  ["indexof", ([of, wanted]) => indexOf(list(of), wanted)],
  ["index", ([of, at]) => list(of)[number(at)] ?? null],
  ["element", ([of, at]) => list(of)[number(at) % Math.max(1, list(of).length)] ?? null],
  ["slice", ([of, from, to]) => list(of).slice(number(from), number(to))],
  ["reverselist", ([of]) => [...list(of)].reverse()],
  ["sort", ([of]) => list(of).map(text).sort()],
  ["compact", ([of]) => list(of).filter((item) => item !== "" && item !== null)],
  ["distinct", ([of]) => list(of).filter((item, at) => list(of).findIndex((other) => isSameValue(item, other)) === at)],
  [
    "flatten",
    ([of]) => list(of).flatMap((item) => (isBakeList(item) ? list(bakeFunctions.get("flatten")?.([item])) : [item])),
  ],
  ["coalesce", (values) => values.find((value) => value !== null) ?? null],
  ["keys", ([of]) => (isBakeObject(of) ? Object.keys(of).sort() : list(of))],
  [
    "values",
    ([of]) =>
      isBakeObject(of)
        ? Object.keys(of)
            .sort()
            .map((key) => of[key] ?? null)
        : list(of),
  ],
  [
    "lookup",
    ([of, key, other]) =>
      isBakeObject(of) && Object.hasOwn(of, text(key)) ? (of[text(key)] ?? null) : (other ?? null),
  ],
  ["merge", (objects) => Object.assign({}, ...objects.filter(isBakeObject)) as BakeValue],
  ["equal", ([left, right]) => isSameValue(left, right)],
  ["notequal", ([left, right]) => !isSameValue(left, right)],
  ["not", ([of]) => !flag(of)],
  ["and", ([left, right]) => flag(left) && flag(right)],
  ["or", ([left, right]) => flag(left) || flag(right)],
  ["add", ([left, right]) => number(left) + number(right)],
  ["subtract", ([left, right]) => number(left) - number(right)],
  ["multiply", ([left, right]) => number(left) * number(right)],
  ["divide", ([left, right]) => number(number(left) / number(right))],
  ["modulo", ([left, right]) => number(number(left) % number(right))],
  ["negate", ([of]) => -number(of)],
  ["greaterthan", ([left, right]) => number(left) > number(right)],
  ["greaterthanorequalto", ([left, right]) => number(left) >= number(right)],
  ["lessthan", ([left, right]) => number(left) < number(right)],
  ["lessthanorequalto", ([left, right]) => number(left) <= number(right)],
  ["max", (values) => Math.max(...values.map(number))],
  ["min", (values) => Math.min(...values.map(number))],
]);
