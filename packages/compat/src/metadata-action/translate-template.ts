import { parseTemplate } from "./template/parse-template.ts";

const names: Readonly<Record<string, string>> = {
  branch: "{branch}",
  tag: "{tag}",
  sha: "{sha:7}",
  base_ref: "{base-ref}",
};
const dates: Readonly<Record<string, string>> = { date: "date", commit_date: "commit-date" };

/**
 * A value of docker/metadata-action as a tag template of Bayplan: `{{branch}}` is `{branch}`, `{{date 'YYYYMMDD'}}` is
 * `{date:YYYYMMDD}`. `undefined` for what a template cannot say: conditions, zones, formats with names of months.
 */
export function translateTemplate(text: string): string | undefined {
  return translate(text, (statement) => {
    const name = nameOf(statement);
    const date = name === undefined ? undefined : dates[name];
    if (date === undefined) return statement.params.length === 0 ? names[name ?? ""] : undefined;
    const [format] = statement.params;
    if (format?.type !== "StringLiteral" || statement.params.length > 1) return undefined;
    const { value } = format as hbs.AST.StringLiteral;
    return isPlainFormat(value) ? `{${date}:${value}}` : undefined;
  });
}

/** Whether a format means the same in both: every run of a letter is a token, and nothing is escaped. */
function isPlainFormat(format: string): boolean {
  const runs = format.match(/([A-Za-z])\1*/g) ?? [];
  return !/[{}[\]\\]/.test(format) && runs.every((run) => ["YYYY", "MM", "DD", "HH", "mm", "ss"].includes(run));
}

/** The `pattern` of a `semver` or `pep440` rule as a template over the names that are given. */
export function translatePattern(pattern: string, parts: Readonly<Record<string, string>>): string | undefined {
  return translate(pattern, (statement) =>
    statement.params.length === 0 ? parts[nameOf(statement) ?? ""] : undefined,
  );
}

function translate(
  text: string,
  expression: (statement: hbs.AST.MustacheStatement) => string | undefined,
): string | undefined {
  const translated = parseTemplate(text).body.map((statement) => {
    if (statement.type === "CommentStatement") return "";
    if (statement.type === "MustacheStatement") return expression(statement as hbs.AST.MustacheStatement);
    if (statement.type !== "ContentStatement") return undefined;
    const { value } = statement as hbs.AST.ContentStatement;
    // A brace of the text would begin a name.
    return /[{}]/.test(value) ? undefined : value;
  });
  return translated.includes(undefined) ? undefined : translated.join("");
}

function nameOf(statement: hbs.AST.MustacheStatement): string | undefined {
  if (statement.hash !== undefined || statement.path.type !== "PathExpression") return undefined;
  const { original } = statement.path as hbs.AST.PathExpression;
  return original;
}
