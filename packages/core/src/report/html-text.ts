import { plainLine } from "./plain-line.ts";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
// Halves of a character cannot be written as UTF-8; overrides of the writing direction make a name look like another.
const misleading = /[\p{Cs}\u202A-\u202E\u2066-\u2069]/gu;

/** Text that stands in HTML as itself, inside elements and inside quoted attributes, on one line. */
export function htmlText(text: string): string {
  return shownText(text).replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

/** The fragment `#node=<id>` that selects a node, ready for an attribute. */
export function htmlFragment(id: string): string {
  return `#node=${encodeURIComponent(shownText(id)).replace(/'/g, "%27")}`;
}

/** At most so many characters; what is left out of the middle shows as one `…`, because names differ at both ends. */
export function shortenText(text: string, length: number): string {
  const characters = [...shownText(text)];
  if (characters.length <= length) return characters.join("");
  const head = Math.ceil((length - 1) / 2);
  const tail = length - 1 - head;
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - tail).join("")}`;
}

function shownText(text: string): string {
  return plainLine(text).replace(misleading, "\uFFFD");
}
