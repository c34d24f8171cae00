/**
 * The target of `rel="next"` in a `Link` header as it stands there, relative or absolute; `undefined` if there is none.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8288#section-3
 */
export function nextLink(header: string | undefined): string | undefined {
  // Parameters are consumed with their quotes, so that neither a comma nor a `rel` inside a title counts.
  const link = /<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]+))?)*)/g;
  for (const [, target, parameters] of (header ?? "").matchAll(link)) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(withoutOtherQuotes(parameters ?? ""));
    const names = (rel?.[1] ?? rel?.[2] ?? "").toLowerCase().split(/\s+/);
    if (target !== undefined && names.includes("next")) return target;
  }
  return undefined;
}

function withoutOtherQuotes(parameters: string): string {
  return parameters.replace(/([\w!#$&+.^`|~*-]+)\s*=\s*"[^"]*"/g, (text, name: string) =>
    name.toLowerCase() === "rel" ? text : name,
  );
}
