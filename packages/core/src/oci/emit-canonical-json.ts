import { canonicalJson, type JsonValue } from "./canonical-json.ts";
import { stringifyOrdered } from "./stringify-ordered.ts";

// Few enough to keep a part small, many enough that the engine's writer works in large pieces.
const itemsPerPart = 64;

/**
 * The text of {@link canonicalJson} in parts, for a document with long lists: it is never whole in memory.
 *
 * @throws TypeError as {@link canonicalJson} does.
 */
export function emitCanonicalJson(document: { readonly [key: string]: JsonValue }, emit: (part: string) => void): void {
  let before = "{";
  for (const key of Object.keys(document).sort()) {
    const member = document[key];
    if (member === undefined) continue;
    emit(`${before}${canonicalJson(key)}:`);
    if (Array.isArray(member)) emitList(member, emit);
    else emit(canonicalJson(member));
    before = ",";
  }
  emit(before === "{" ? "{}" : "}");
}

function emitList(list: readonly JsonValue[], emit: (part: string) => void): void {
  for (let start = 0; start < list.length; start += itemsPerPart) {
    const items = list.slice(start, start + itemsPerPart);
    // One item that is out of order costs its neighbours nothing but a second look.
    const text = stringifyOrdered(items)?.slice(1, -1) ?? items.map(canonicalJson).join(",");
    // By itself: put before the text it would be another copy of it.
    emit(start === 0 ? "[" : ",");
    emit(text);
  }
  emit(list.length === 0 ? "[]" : "]");
}
