import { diagnoseMetadata } from "./diagnose-metadata.ts";
import type { MetadataDiagnostic } from "./metadata-diagnostic.ts";
import { type MetadataBakeFiles, type MetadataJson, metadataBakeFiles, metadataJson } from "./metadata-documents.ts";
import { renderMetadataLabels } from "./metadata-labels.ts";
import { decideMetadataTags, type MetadataTags } from "./metadata-tags.ts";
import type { MetadataActionInputs } from "./parse-metadata-inputs.ts";
import type { MetadataActionContext } from "./read-metadata-context.ts";

/** Everything that a run of docker/metadata-action gives. */
export interface MetadataActionResult extends MetadataTags {
  /** `key=value`, sorted by key. */
  readonly labels: readonly string[];
  /** `key=value`, sorted by key, without levels. */
  readonly annotations: readonly string[];
  readonly json: MetadataJson;
  readonly bakeFiles: MetadataBakeFiles;
  /** The outputs that are texts, by name; the paths of bake files are not among them. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The same as environment variables `DOCKER_METADATA_OUTPUT_*`, unless they are switched off. */
  readonly outputEnv: Readonly<Record<string, string>>;
  /** What would be safer, none of which changes the answer. */
  readonly diagnostics: readonly MetadataDiagnostic[];
}

/**
 * What docker/metadata-action gives for these inputs in this context, bug for bug: tags, labels, annotations, and the
 * documents made of them. Where a known bug or trap applies, `diagnostics` says so.
 *
 * Nothing is read but the arguments. Expressions are interpreted, never compiled, and bounded in size and steps.
 *
 * @throws BayplanError `INVALID_INPUT` where the action would fail, the cause being an error with its words, and for
 * templates and regular expressions that exceed the limits.
 * @see https://github.com/docker/metadata-action/blob/4fecb9fc87c1b3eb65ed6b0a46314704b24898a9/README.md
 */
export function fromMetadataAction(inputs: MetadataActionInputs, context: MetadataActionContext): MetadataActionResult {
  const tags = decideMetadataTags(inputs, context);
  const { main } = tags.version;
  const labels = renderMetadataLabels(inputs.labels ?? [], main, tags.context);
  const annotations = renderMetadataLabels(inputs.annotations ?? [], main, tags.context);
  const parts = {
    tags,
    labels: labels.lines,
    annotations: withLevels(annotations.lines, tags.context.env),
    bakeTarget: inputs.bakeTarget ?? "docker-metadata-action",
  };
  const json = metadataJson(parts);
  const { sepTags = "\n", sepLabels = "\n", sepAnnotations = "\n" } = inputs;
  const outputs = {
    version: main ?? "",
    tags: tags.tags.join(sepTags),
    "tag-names": tags.tagNames.join(sepTags),
    labels: labels.lines.join(sepLabels),
    annotations: parts.annotations.join(sepAnnotations),
    json: JSON.stringify(json),
  };
  return {
    ...tags,
    labels: labels.lines,
    annotations: annotations.lines,
    json,
    bakeFiles: metadataBakeFiles(parts),
    outputs,
    outputEnv: isOff(tags.context.env["DOCKER_METADATA_SET_OUTPUT_ENV"]) ? {} : asEnv(outputs),
    diagnostics: diagnoseMetadata(inputs, tags, { labels, annotations }),
  };
}

function withLevels(lines: readonly string[], env: Readonly<Record<string, string>>): readonly string[] {
  const levels = (env["DOCKER_METADATA_ANNOTATIONS_LEVELS"] || "manifest").split(",");
  return levels.flatMap((level) => lines.map((line) => `${level}:${line}`));
}

/** The texts that Go takes for false; whatever is neither true nor false leaves the default, which is on. */
function isOff(text: string | undefined): boolean {
  return ["0", "f", "F", "false", "FALSE", "False"].includes(text ?? "");
}

function asEnv(outputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const named = Object.entries(outputs).map(([name, text]) => [envName(name), text]);
  return Object.fromEntries(named);
}

function envName(output: string): string {
  return `DOCKER_METADATA_OUTPUT_${output.replace(/\W/g, "_").toUpperCase()}`;
}
