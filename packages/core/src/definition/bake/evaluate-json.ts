import { type BakeScope, evaluateTemplate } from "./bake-expression.ts";
import { type BakeValue, bounded, isBakeList, isBakeObject } from "./bake-value.ts";

/** A JSON value with every text in it evaluated. */
export function evaluateJson(value: BakeValue, scope: BakeScope): BakeValue {
  return bounded(evaluate(value, scope), scope.path);
}

function evaluate(value: BakeValue, scope: BakeScope): BakeValue {
  if (typeof value === "string") return evaluateTemplate(value, scope);
  if (isBakeList(value)) return value.map((item) => evaluate(item, scope));
  if (!isBakeObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [String(evaluateTemplate(key, scope)), evaluate(item, scope)]),
  );
}
