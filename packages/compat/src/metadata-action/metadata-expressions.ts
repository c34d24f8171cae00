import { isBayplanError } from "@bayplan/core";
import { createDateExpression } from "./date-expression.ts";
import { member } from "./member.ts";
import { metadataError } from "./metadata-error.ts";
import { messageOf } from "./metadata-list.ts";
import type { MetadataContext } from "./read-metadata-context.ts";
import { parseTemplate, type TemplateProgram } from "./template/parse-template.ts";
import { type RenderedTemplate, renderProgram, renderTemplate } from "./template/render-template.ts";

/** The commit, shortened to 7 characters or what `DOCKER_METADATA_SHORT_SHA_LENGTH` says. */
export function shortSha(context: MetadataContext): string {
  const wanted = context.env["DOCKER_METADATA_SHORT_SHA_LENGTH"] || "7";
  const length = Number(wanted);
  if (!Number.isNaN(length)) return context.sha.substring(0, Math.min(length, context.sha.length));
  const place = { path: "env.DOCKER_METADATA_SHORT_SHA_LENGTH", found: wanted, expected: "a number" };
  throw metadataError(`DOCKER_METADATA_SHORT_SHA_LENGTH is not a valid number: ${wanted}`, place);
}

/** What follows the prefix in the ref, or nothing if the ref is of another kind. */
export function refName(ref: string, prefix: "refs/heads/" | "refs/tags/" | "refs/pull/"): string | undefined {
  return ref.startsWith(prefix) ? ref.slice(prefix.length) : undefined;
}

/** The expressions that may stand in every value: `branch`, `tag`, `sha`, `base_ref`, the default branch and dates. */
export function globalExpressions(context: MetadataContext): Readonly<Record<string, unknown>> {
  return {
    branch: () => refName(context.ref, "refs/heads/") ?? "",
    tag: () => refName(context.ref, "refs/tags/") ?? "",
    sha: () => shortSha(context),
    base_ref: () => baseRef(context),
    is_default_branch: () => String(isDefaultBranch(context)),
    is_not_default_branch: () => String(!isDefaultBranch(context)),
    date: createDateExpression(context.now),
    commit_date: createDateExpression(context.commitDate),
  };
}

function baseRef({ ref, payload }: MetadataContext): string {
  const pushed = member(payload, "base_ref");
  if (ref.startsWith("refs/tags/") && typeof pushed === "string") return pushed.replace(/^refs\/heads\//, "");
  const asked = member(member(member(payload, "pull_request"), "base"), "ref");
  return ref.startsWith("refs/pull/") && typeof asked === "string" ? asked : "";
}

function isDefaultBranch({ ref, payload, eventName }: MetadataContext): boolean {
  const branch = ref.replace(/^refs\/heads\//, "");
  if (branch === "") return false;
  if (member(member(payload, "repository"), "default_branch") === branch) return true;
  // These events always run on the last commit of the default branch.
  return /create|discussion|issues|schedule/.test(eventName);
}

/**
 * Renders a value with the global expressions.
 *
 * @throws BayplanError `INVALID_INPUT` for any other expression, wrong syntax, and what an expression refuses.
 */
export function renderExpressions(text: string, context: MetadataContext): RenderedTemplate {
  // Text without an expression is no template, and most of them have none.
  if (!text.includes("{{")) return { text, escaped: false };
  const program = parseTemplate(text);
  const expressions = globalExpressions(context);
  checkNames(program, Object.keys(expressions), text);
  return refusing(text, () => renderProgram(program, expressions, { template: text }));
}

/** Renders a `pattern` over names of its own, where the built-in helpers may stand too. */
export function renderPattern(pattern: string, names: Readonly<Record<string, unknown>>): RenderedTemplate {
  if (!pattern.includes("{{")) return { text: pattern, escaped: false };
  return refusing(pattern, () => renderTemplate(pattern, names));
}

function refusing(text: string, render: () => RenderedTemplate): RenderedTemplate {
  try {
    return render();
  } catch (error) {
    if (isBayplanError(error)) throw error;
    const expected = "expressions that can be evaluated";
    throw metadataError(messageOf(error), { path: "template", found: text, expected }, error);
  }
}

/** Refuses the first name that is none of the expressions, level by level as the action looks for them. */
function checkNames(program: TemplateProgram, names: readonly string[], text: string): void {
  const nodes: unknown[] = [...program.body];
  for (const node of nodes) {
    nodes.push(...childrenOf(node));
    const name = member(node, "type") === "PathExpression" ? member(node, "original") : undefined;
    if (typeof name !== "string" || names.includes(name)) continue;
    const place = { path: "template", found: text, expected: `the expressions ${names.join(", ")}` };
    throw metadataError(`{{${name}}} is not a valid global expression`, place);
  }
}

const childKeys: Readonly<Record<string, readonly string[]>> = {
  Program: ["body"],
  Hash: ["pairs"],
  HashPair: ["value"],
  ...Object.fromEntries(
    ["MustacheStatement", "Decorator", "SubExpression", "BlockStatement", "DecoratorBlock"].map((type) => [
      type,
      ["params", "hash", "program", "inverse", "path"],
    ]),
  ),
  PartialStatement: ["params", "hash", "program", "name"],
  PartialBlockStatement: ["params", "hash", "program", "name"],
};

function childrenOf(node: unknown): readonly unknown[] {
  const keys = childKeys[String(member(node, "type"))] ?? [];
  return keys.flatMap((key) => member(node, key) ?? []);
}
