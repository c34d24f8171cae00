/** Where a setting was said, the strongest first. */
export type SettingOrigin = "flag" | "environment" | "file" | "default";

/** What each place says of one setting; `undefined`, `null` and blank text say nothing. */
export type SettingValues<Value> = { readonly [Origin in SettingOrigin]?: Value | null | undefined };

/** The value that counts, and where it stands. */
export interface ResolvedSetting<Value> {
  readonly value: Value;
  readonly from: SettingOrigin;
  /** Weaker places that said something else, the strongest first. */
  readonly overridden: readonly SettingOrigin[];
}

const origins: readonly SettingOrigin[] = ["flag", "environment", "file", "default"];

/**
 * The one rule of precedence, for versions, companions, registries and everything else that can be said twice: flag,
 * then environment, then file, then default. `undefined` when nobody says anything.
 *
 * Blank text counts as not said: a workflow passes an input that was not given, and a variable that is not set, as `""`.
 */
export function resolveSetting<Value>(values: SettingValues<Value>): ResolvedSetting<Value> | undefined {
  const said = origins.flatMap((from) => {
    const value = values[from];
    return value === undefined || value === null || isBlank(value) ? [] : [{ from, value }];
  });
  const [first, ...weaker] = said;
  if (first === undefined) return undefined;
  const overridden = weaker.filter(({ value }) => value !== first.value).map(({ from }) => from);
  return { value: first.value, from: first.from, overridden };
}

function isBlank(value: unknown): boolean {
  return typeof value === "string" && value.trim() === "";
}
