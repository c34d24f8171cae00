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
  if (typeof value === "string") return quote(value);
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`JSON cannot carry ${value}`);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const record = value as { readonly [key: string]: JsonValue };
  const members: string[] = [];
  // The default sort is by UTF-16 code units, as the RFC asks.
  for (const key of Object.keys(record).sort()) {
    const member = record[key];
    // Members that are `undefined` do not exist in JSON.
    if (member !== undefined) members.push(`${quote(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(",")}}`;
}

// Nearly all of a plan: nothing in it is escaped.
const plain = /^[ !#-[\]-~]*$/;

function quote(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  if (loneSurrogate.test(text)) throw new TypeError("JSON cannot carry a lone surrogate");
  return JSON.stringify(text);
}
