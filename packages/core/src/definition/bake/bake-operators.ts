import { isSameValue } from "./bake-functions.ts";
import { bakeProblem } from "./bake-problem.ts";
import { type BakeValue, whatItIs } from "./bake-value.ts";

/** Operators of two values, those that bind least first; of one level, from left to right. */
export const operatorLevels: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<=", ">=", "<", ">"],
  ["+", "-"],
  ["*", "/", "%"],
];

/** What the operator makes of the two values. Throws `INVALID_INPUT` naming the path for values of the wrong type. */
export function applyOperator(
  operator: string,
  { left, right, path }: { readonly left: BakeValue; readonly right: BakeValue; readonly path: string },
): BakeValue {
  if (operator === "==") return isSameValue(left, right);
  if (operator === "!=") return !isSameValue(left, right);
  if (operator === "&&") return bakeTruth(left, path) && bakeTruth(right, path);
  if (operator === "||") return bakeTruth(left, path) || bakeTruth(right, path);
  const [a, b] = [bakeNumber(left, path), bakeNumber(right, path)];
  if (operator === "<") return a < b;
  if (operator === "<=") return a <= b;
  if (operator === ">") return a > b;
  if (operator === ">=") return a >= b;
  const result = { "+": a + b, "-": a - b, "*": a * b, "/": a / b, "%": a % b }[operator];
  return bakeNumber(result ?? Number.NaN, path);
}

/** The value as a condition: `true`, `false` or their texts. Throws `INVALID_INPUT` for others. */
export function bakeTruth(value: BakeValue, path: string): boolean {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw bakeProblem(path, whatItIs(value), "true or false");
}

/** The value as a finite number, also from its text. Throws `INVALID_INPUT` for others. */
export function bakeNumber(value: BakeValue, path: string): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw bakeProblem(path, whatItIs(value), "a number");
}
