import { bakeProblem } from "./bake-problem.ts";

/** A value of bake's expression language, as JSON carries it. */
export type BakeValue = null | boolean | number | string | readonly BakeValue[] | { readonly [key: string]: BakeValue };

/** Whether the value is an object with members. */
export function isBakeObject(value: unknown): value is { readonly [key: string]: BakeValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the value is a list. TypeScript does not narrow read-only lists by itself. */
export function isBakeList(value: unknown): value is readonly BakeValue[] {
  return Array.isArray(value);
}

/** The text of a value where a text must stand: numbers and booleans are converted, anything else is refused. */
export function bakeText(value: BakeValue | undefined, path: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw bakeProblem(path, whatItIs(value), "a text");
}

const maxValues = 100_000;

/** The value, when it holds at most 100,000 others: lists made of lists would grow without end. */
export function bounded<Value extends BakeValue>(value: Value, path: string): Value {
  let seen = 0;
  const count = (item: BakeValue): void => {
    seen += 1;
    if (seen > maxValues) throw bakeProblem(path, "a list that grows without end", `at most ${maxValues} values`);
    if (typeof item === "object" && item !== null) for (const member of Object.values(item)) count(member);
  };
  count(value);
  return value;
}

/** What a value is, without what it holds. */
export function whatItIs(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : JSON.stringify(value);
}
