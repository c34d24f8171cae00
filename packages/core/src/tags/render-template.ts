/** What fills a template's braces. A name that is absent makes the whole template unrenderable. */
export type TemplateValues = Readonly<Record<string, string | undefined>>;

const placeholder = /\{([^{}]*)\}/g;

/** Every name that stands in braces, in order. */
export function templateNames(template: string): readonly string[] {
  const names: string[] = [];
  // By hand: this is asked several times for every image of a family, and a regular expression takes twice the time or more.
  let open = template.indexOf("{");
  while (open >= 0) {
    const close = template.indexOf("}", open);
    if (close < 0) break;
    // The innermost brace counts, as with the placeholder.
    names.push(template.slice(template.lastIndexOf("{", close) + 1, close));
    open = template.indexOf("{", close);
  }
  return names;
}

/** The template with its braces filled; `undefined` when a value is missing. Values are put in as they are, once. */
export function renderTemplate(template: string, values: TemplateValues): string | undefined {
  const isComplete = templateNames(template).every((name) => Object.hasOwn(values, name) && values[name] !== undefined);
  return isComplete ? template.replace(placeholder, (_, name: string) => values[name] as string) : undefined;
}
