import type { TagSelector } from "@bayplan/core";

/**
 * The wildcards that together fit exactly the tags of a selector: exact tags, and patterns of letters and `.*`, also
 * several with `|` between them. `undefined` for what wildcards cannot say.
 */
export function ecrWildcards(selector: TagSelector): readonly string[] | undefined {
  if (typeof selector === "string") return [selector];
  if ("any" in selector) return ["*"];
  if (!("pattern" in selector)) return undefined;
  const wildcards = selector.pattern.split("|").map(wildcardOf);
  // Within parentheses a stroke divides something else, and parentheses are no letters.
  return wildcards.every((wildcard) => wildcard !== undefined) ? wildcards : undefined;
}

function wildcardOf(source: string): string | undefined {
  const parts = source.match(/\.\*|\\[.\-_]|[A-Za-z0-9_-]/g) ?? [];
  if (parts.join("") !== source || source === "") return undefined;
  return parts
    .map((part) => (part === ".*" ? "*" : part.replace("\\", "")))
    .join("")
    .replace(/\*+/g, "*");
}

/** Whether some tag fits both wildcards. */
export function mayShareTag(left: string, right: string): boolean {
  if (left === "" && right === "") return true;
  if (left.startsWith("*"))
    return mayShareTag(left.slice(1), right) || (right !== "" && mayShareTag(left, right.slice(1)));
  if (right.startsWith("*")) return mayShareTag(right, left);
  return left !== "" && left[0] === right[0] && mayShareTag(left.slice(1), right.slice(1));
}
