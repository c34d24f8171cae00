/** What JSON can carry. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

const loneSurrogate = /\p{Surrogate}/u;

/**
 * One text per value: keys in UTF-16 order, no white space, numbers as ECMAScript prints them.
 * Two values that mean the same give the same bytes, so their digest can be a name.
 *
 * @throws TypeError for numbers JSON cannot carry (NaN, Infinity) and for lone surrogates.
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`JSON cannot carry ${value}`);
  if (typeof value === "string" && loneSurrogate.test(value)) throw new TypeError("JSON cannot carry a lone surrogate");
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const entries = Object.entries(value as { readonly [key: string]: JsonValue });
  // Members that are `undefined` do not exist in JSON; the default sort is by UTF-16 code units, as the RFC asks.
  const keys = entries.filter(([, member]) => member !== undefined).map(([key]) => key);
  const members = keys
    .sort()
    .map((key) => `${canonicalJson(key)}:${canonicalJson((value as Record<string, JsonValue>)[key] as JsonValue)}`);
  return `{${members.join(",")}}`;
}
