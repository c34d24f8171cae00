import type { Problem } from "../errors.ts";
import type { MatrixLeg, MatrixSpec } from "./matrix-spec.ts";

/** The legs with their derived values; a template may use what was derived before it. */
export function deriveValues(
  legs: readonly MatrixLeg[],
  derive: NonNullable<MatrixSpec["derive"]>,
  problems: Problem[],
): readonly MatrixLeg[] {
  const taken = new Set(legs.flatMap((leg) => Object.keys(leg)));
  for (const name of Object.keys(derive))
    if (taken.has(name))
      problems.push({ path: `derive.${name}`, found: "a name that legs have already", expected: "another name" });
  const unknown = new Map<string, Problem>();
  const derived = legs.map((leg) => {
    const values = new Map(Object.entries(leg));
    for (const [name, rule] of Object.entries(derive)) {
      const text = typeof rule === "string" ? fill(rule, name, values) : rule(Object.fromEntries(values));
      values.set(name, text);
    }
    return Object.fromEntries(values);
  });
  problems.push(...unknown.values());
  return derived;

  function fill(template: string, name: string, values: ReadonlyMap<string, string>): string {
    return template.replaceAll(/\{([^{}]*)\}/g, (whole, used: string) => {
      const value = values.get(used);
      if (value !== undefined) return value;
      const expected = `one of ${[...values.keys()].join(", ")}, which every leg must have`;
      unknown.set(`${name} ${used}`, { path: `derive.${name}`, found: whole, expected });
      return whole;
    });
  }
}
