import type { MetadataDiagnostic } from "./metadata-diagnostic.ts";
import { entriesWithLostQuotes, parseMetadataList } from "./metadata-list.ts";

/** The inputs of docker/metadata-action, read. */
export interface MetadataActionInputs {
  /** Entries, one per image. Default none: tags come out without an image. */
  readonly images?: readonly string[];
  /** Entries, one per rule. Default the schedule, the branch, the tag and the pull request. */
  readonly tags?: readonly string[];
  readonly flavor?: readonly string[];
  /** `key=value`, with expressions. */
  readonly labels?: readonly string[];
  /** `key=value`, with expressions. */
  readonly annotations?: readonly string[];
  /** Default `docker-metadata-action`. */
  readonly bakeTarget?: string;
  /** Between tags in the `tags` and `tag-names` outputs. Default a line break; so are the other two. */
  readonly sepTags?: string;
  readonly sepLabels?: string;
  readonly sepAnnotations?: string;
}

/** Everything that stands below `with:`. */
export interface ParsedMetadataInputs extends Required<MetadataActionInputs> {
  /** Where ref and commit come from. Default `workflow`; not checked here. */
  readonly context: string;
  /** As given; nothing here uses it. */
  readonly githubToken: string;
  /** What reading lists as CSV did to entries of `tags` that were hardly meant so. */
  readonly diagnostics: readonly MetadataDiagnostic[];
}

/**
 * Reads the texts of a step's `with:` block, by input name (`sep-tags`); what is missing gets the action's default.
 *
 * @throws BayplanError `INVALID_INPUT` as {@link parseMetadataList}.
 */
export function parseMetadataInputs(texts: Readonly<Record<string, string>>): ParsedMetadataInputs {
  // The runner does not tell upper from lower case in names of inputs.
  const byName = new Map(Object.entries(texts).map(([name, text]) => [name.toLowerCase(), text]));
  const text = (name: string): string => byName.get(name) ?? "";
  const list = (name: string): readonly string[] => parseMetadataList(text(name));
  return {
    context: text("context").trim() || "workflow",
    images: list("images"),
    tags: list("tags"),
    flavor: list("flavor"),
    labels: list("labels"),
    annotations: list("annotations"),
    // Separators are not trimmed: a blank is one.
    sepTags: text("sep-tags") || "\n",
    sepLabels: text("sep-labels") || "\n",
    sepAnnotations: text("sep-annotations") || "\n",
    bakeTarget: text("bake-target").trim() || "docker-metadata-action",
    githubToken: text("github-token").trim(),
    diagnostics: entriesWithLostQuotes(text("tags")).map(quotesConsumed),
  };
}

function quotesConsumed(entry: string): MetadataDiagnostic {
  const advice = 'Put the whole line in quotes and double those inside: "type=match,""pattern=a{1,2}""" .';
  return { code: "quotes-consumed", input: "tags", found: entry, advice };
}
