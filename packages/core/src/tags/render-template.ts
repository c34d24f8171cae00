/** What fills a template's braces. A name that is absent makes the whole template unrenderable. */
export type TemplateValues = Readonly<Record<string, string | undefined>>;

const placeholder = /\{([^{}]*)\}/g;

/** Every name that stands in braces, in order. */
export function templateNames(template: string): readonly string[] {
  return [...template.matchAll(placeholder)].map((match) => match[1] ?? "");
}

/** The template with its braces filled; `undefined` when a value is missing. Values are put in as they are, once. */
export function renderTemplate(template: string, values: TemplateValues): string | undefined {
  const isComplete = templateNames(template).every((name) => Object.hasOwn(values, name) && values[name] !== undefined);
  return isComplete ? template.replace(placeholder, (_, name: string) => values[name] as string) : undefined;
}
