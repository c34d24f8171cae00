import type { LegPattern, MatrixLeg, MatrixSpec } from "./matrix-spec.ts";

/** All combinations without the excluded ones, with what is included. Equal legs once, in the order of the declaration. */
export function combineAxes(spec: MatrixSpec): readonly MatrixLeg[] {
  const axes = Object.entries(spec.axes ?? {});
  const combined = axes.length === 0 ? [] : combine(axes).filter((leg) => !isExcluded(leg, spec.exclude ?? []));
  const keys = new Set(axes.map(([key]) => key));
  const added = combined.map((): MatrixLeg => ({}));
  const own: MatrixLeg[] = [];
  for (const entry of spec.include ?? []) {
    const onAxes = Object.entries(entry).filter(([key]) => keys.has(key));
    let isTaken = false;
    for (const [index, leg] of combined.entries()) {
      if (!onAxes.every(([key, value]) => leg[key] === value)) continue;
      // What an earlier entry added may be overwritten, values of the axes never are.
      added[index] = join(added[index] ?? {}, entry);
      isTaken = true;
    }
    if (!isTaken) own.push(entry);
  }
  return unique([...combined.map((leg, index) => join(leg, added[index] ?? {})), ...own]);
}

/** Whether the leg has one of the values for every key. */
export function matchesPattern(leg: MatrixLeg, pattern: LegPattern): boolean {
  return Object.entries(pattern).every(([key, values]) => {
    if (!Object.hasOwn(leg, key)) return false;
    return typeof values === "string" ? leg[key] === values : values.includes(leg[key] ?? "");
  });
}

/** How many combinations the axes have. */
export function countCombinations(spec: MatrixSpec): number {
  const sizes = Object.values(spec.axes ?? {}).map((values) => new Set(values).size);
  return sizes.length === 0 ? 0 : sizes.reduce((product, size) => product * size, 1);
}

function combine(axes: readonly (readonly [string, readonly string[]])[]): readonly MatrixLeg[] {
  return axes.reduce<readonly MatrixLeg[]>(
    (legs, [key, values]) => legs.flatMap((leg) => [...new Set(values)].map((value) => join(leg, { [key]: value }))),
    [{}],
  );
}

function isExcluded(leg: MatrixLeg, patterns: readonly LegPattern[]): boolean {
  return patterns.some((pattern) => matchesPattern(leg, pattern));
}

/** By entries: a key such as `__proto__` stays a key. */
function join(left: MatrixLeg, right: MatrixLeg): MatrixLeg {
  return Object.fromEntries([...Object.entries(left), ...Object.entries(right)]);
}

function unique(legs: readonly MatrixLeg[]): readonly MatrixLeg[] {
  const nameOf = (leg: MatrixLeg) =>
    JSON.stringify(Object.entries(leg).sort(([left], [right]) => (left < right ? -1 : 1)));
  return [...new Map(legs.toReversed().map((leg) => [nameOf(leg), leg])).values()].toReversed();
}
