import { renderExpressions } from "./metadata-expressions.ts";
import type { MetadataContext } from "./read-metadata-context.ts";

/** Rendered labels or annotations. */
export interface MetadataLabels {
  /** `key=value`, sorted by key. */
  readonly lines: readonly string[];
  /** Whether a value was changed for HTML. */
  readonly escaped: boolean;
}

// The order of the runner's locale, whatever the machine's is.
const collator = new Intl.Collator("en-US");

/**
 * The eight labels that every image gets, and the given ones, of which the last of a key counts. Entries without `=`
 * are dropped.
 *
 * @throws BayplanError `INVALID_INPUT` for an expression that is none.
 */
export function renderMetadataLabels(
  entries: readonly string[],
  version: string | undefined,
  context: MetadataContext,
): MetadataLabels {
  const rendered = entries.map((entry) => renderExpressions(entry, context));
  const lines = [...defaults(version, context), ...rendered.map(({ text }) => text)];
  const pairs = lines
    .filter((line) => line.includes("="))
    .map((line): [string, string] => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  const sorted = [...new Map(pairs)].sort(([left], [right]) => collator.compare(left, right));
  return { lines: sorted.map((pair) => pair.join("=")), escaped: rendered.some(({ escaped }) => escaped) };
}

function defaults(version: string | undefined, { repository, sha, now }: MetadataContext): readonly string[] {
  const values = {
    title: repository.name,
    description: repository.description,
    url: repository.html_url,
    source: repository.html_url,
    version,
    created: now,
    revision: sha,
    licenses: repository.license?.spdx_id,
  };
  return Object.entries(values).map(([key, value]) => `org.opencontainers.image.${key}=${value || ""}`);
}

/** Labels by key, as the JSON output and bake files have them: a value ends at its first line break. */
export function labelsByKey(lines: readonly string[]): Readonly<Record<string, string>> {
  const byKey: Record<string, string> = {};
  for (const line of lines) {
    const [, key, value] = /([^=]*)=(.*)/.exec(line) ?? [];
    // A key `__proto__` is lost here, in the action too: a text is no prototype.
    if (key !== undefined && value !== undefined) byKey[key] = value;
  }
  return byKey;
}
