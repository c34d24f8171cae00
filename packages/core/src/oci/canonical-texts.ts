import { canonicalJson } from "./canonical-json.ts";

// Nearly all there is: nothing in it is escaped.
const plain = /^[ !#-[\]-~]*$/;

/**
 * What `canonicalJson` gives of a text, several times as fast where nothing in it is escaped.
 *
 * @throws TypeError for lone surrogates.
 */
export function canonicalText(text: string): string {
  // Callers without types may give something else.
  return typeof text === "string" && plain.test(text) ? `"${text}"` : canonicalJson(text);
}

/**
 * What `canonicalJson` gives of a small record of texts, several times as fast where its members are in order.
 *
 * @throws TypeError for lone surrogates.
 */
export function canonicalTexts(texts: Readonly<Record<string, string>>): string {
  let before = "";
  let members = "";
  for (const [name, text] of Object.entries(texts)) {
    if (name < before || typeof text !== "string") return canonicalJson(texts);
    members += `${members === "" ? "" : ","}${canonicalText(name)}:${canonicalText(text)}`;
    before = name;
  }
  return `{${members}}`;
}
