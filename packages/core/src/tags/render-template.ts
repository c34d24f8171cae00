/** What fills a template's braces. A name that is absent makes the whole template unrenderable. */
export type TemplateValues = Readonly<Record<string, string | undefined>>;

const placeholder = /\{([^{}]*)\}/g;

/** Names of templates that were read lately: the same few are asked for every image of a family. */
const read = new Map<string, readonly string[]>();
const mostRead = 1000;

/** Every name that stands in braces, in order. */
export function templateNames(template: string): readonly string[] {
  const known = read.get(template);
  if (known !== undefined) return known;
  const names = readNames(template);
  if (read.size >= mostRead) read.clear();
  if (template.length <= 1000) read.set(template, names);
  return names;
}

function readNames(template: string): readonly string[] {
  const names: string[] = [];
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
  const names = templateNames(template);
  const isComplete = names.every((name) => Object.hasOwn(values, name) && values[name] !== undefined);
  if (!isComplete) return undefined;
  const [only] = names;
  if (only === undefined) return template;
  // Nearly always the template is one name in braces.
  if (template.length === only.length + 2) return values[only];
  return template.replace(placeholder, (_, name: string) => values[name] as string);
}
