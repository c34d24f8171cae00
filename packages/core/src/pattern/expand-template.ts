/** The groups that a template may name. */
interface Captured {
  readonly captures: readonly (string | undefined)[];
  readonly groups: Readonly<Record<string, string | undefined>>;
}

const reference = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;

/**
 * The template with its references filled, as Go's `Regexp.Expand` does: `$1`, `$name`, `${name}`, `$$`. A group that
 * does not exist or took no part is empty, a `$` that begins no reference stays.
 *
 * @see https://pkg.go.dev/regexp#Regexp.Expand
 */
export function expandTemplate(template: string, captured: Captured): string {
  return template.replace(reference, (whole, bare: string | undefined, braced: string | undefined) => {
    const name = bare ?? braced;
    if (name === undefined) return whole === "$$" ? "$" : whole;
    // A number with a leading zero is a name, and no group has that name.
    if (/^(?:0|[1-9]\d{0,8})$/.test(name)) return captured.captures[Number(name)] ?? "";
    return Object.hasOwn(captured.groups, name) ? (captured.groups[name] ?? "") : "";
  });
}
