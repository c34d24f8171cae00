import {
  decideMetadataTags,
  fromMetadataAction,
  isRawStatement,
  type MetadataVersion,
  parseMetadataFlavor,
  parseMetadataImages,
  parseMetadataInputs,
  parseMetadataList,
  parseMetadataTag,
  parseMetadataTags,
  readMetadataContext,
} from "@bayplan/compat";
import { isBayplanError } from "@bayplan/core";
import { z } from "zod";
import type { Case } from "../case-file.ts";
import { answerOrRefusal, readMetadataCase, withoutMissing, wordsOf } from "./metadata-action-case.ts";

/** Kinds meta, json, bakeFile, bakeFileTagsLabels, sepTags, globalExpressionError and error: the whole action. */
export function checkMetadataAction(_input: unknown, row: Case): unknown {
  return answerOrRefusal(row, () => {
    const { inputs, context } = readMetadataCase(row.row);
    const { version, tags, warnings } = decideMetadataTags(inputs, context);
    const expectsLabelError =
      typeof row.expected === "object" && row.expected !== null && "labelsErrorMessage" in row.expected;
    if (expectsLabelError) return { version: versionOf(version), tags, warnings, labelsErrorMessage: labelsError(row) };
    const result = fromMetadataAction(inputs, context);
    return {
      version: versionOf(version),
      tags,
      tagNames: result.tagNames,
      warnings,
      labels: result.labels,
      annotations: result.annotations,
      json: result.json,
      bakeTags: result.bakeFiles.tags,
      bakeLabels: result.bakeFiles.labels,
      bakeAnnotations: result.bakeFiles.annotations,
      bakeTagsLabels: result.bakeFiles.tagsLabels,
      tagsJoined: result.outputs["tags"],
      labelsJoined: result.outputs["labels"],
      annotationsJoined: result.outputs["annotations"],
    };
  });
}

/** `undefined` stands as null in the files. */
function versionOf({ main, partial, latest }: MetadataVersion): unknown {
  return { main: main ?? null, partial, latest };
}

function labelsError(row: Case): string | null {
  const { inputs, context } = readMetadataCase(row.row);
  try {
    fromMetadataAction(inputs, context);
    return null;
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    return wordsOf(error);
  }
}

/** Kind getInputs: raw texts. */
export function checkMetadataInputs(_input: unknown, row: Case): unknown {
  return answerOrRefusal(row, () =>
    parseMetadataInputs(z.record(z.string(), z.string()).parse(row.row["actionInputs"])),
  );
}

const Env = z.record(z.string(), z.string());
const ContextRow = z.object({
  contextSource: z.string(),
  env: Env.optional(),
  event: z.object({
    env: Env.optional(),
    payload: z.unknown().optional(),
    git: z.object({ ref: z.string(), sha: z.string(), commitDate: z.string() }).optional(),
  }),
});

/** Kind getContext: what the runner's variables or the checkout say. */
export function checkMetadataContext(_input: unknown, row: Case): unknown {
  return answerOrRefusal(row, () => {
    const { contextSource, env, event } = ContextRow.parse(row.row);
    const variables = { ...env, ...event.env };
    const { ref, sha, commitDate } = readMetadataContext({
      source: contextSource,
      event: withoutMissing({
        eventName: variables["GITHUB_EVENT_NAME"],
        ref: variables["GITHUB_REF"],
        sha: variables["GITHUB_SHA"],
        payload: event.payload,
      }),
      env: variables,
      now: "2020-01-10T00:30:00.000Z",
      ...(event.git === undefined ? {} : { checkout: event.git }),
    });
    return { ref, sha, commitDate };
  });
}

const ListRow = z.object({ flavor: z.array(z.string()) }).partial();

/** Kind flavor. */
export function checkMetadataFlavor(_input: unknown, row: Case): unknown {
  return answerOrRefusal(row, () => parseMetadataFlavor(ListRow.required().parse(row.row["inputs"]).flavor));
}

/** Kind image. */
export function checkMetadataImages(_input: unknown, row: Case): unknown {
  const { images } = z.object({ images: z.array(z.string()) }).parse(row.row["inputs"]);
  return answerOrRefusal(row, () => parseMetadataImages(images));
}

/** Kind tagParse. */
export function checkMetadataTag(_input: unknown, row: Case): unknown {
  const { tag } = z.object({ tag: z.string() }).parse(row.row["inputs"]);
  return answerOrRefusal(row, () => parseMetadataTag(tag));
}

/** Kind tagTransform. */
export function checkMetadataTags(_input: unknown, row: Case): unknown {
  const { tags } = z.object({ tags: z.array(z.string()) }).parse(row.row["inputs"]);
  return answerOrRefusal(row, () => parseMetadataTags(tags));
}

/** Kind isRawStatement. */
export function checkRawStatement(_input: unknown, row: Case): unknown {
  return isRawStatement(z.string().parse(row.row["pattern"]));
}

/** Kind listParse: a list, or an object that has it as `entries`. */
export function checkMetadataList(input: unknown, row: Case): unknown {
  return answerOrRefusal(row, () => {
    const entries = parseMetadataList(z.string().parse(input));
    return Array.isArray(row.expected) ? entries : { entries };
  });
}

const Texts = z.record(z.string(), z.string());
const EndToEndRow = z.object({
  actionInputs: Texts,
  images: z.union([z.string(), z.array(z.string())]).optional(),
  defaultBranch: z.string().optional(),
  now: z.string().optional(),
  env: Env.optional(),
  event: z.object({
    eventName: z.string().optional(),
    ref: z.string().optional(),
    sha: z.string().optional(),
    payload: z.record(z.string(), z.unknown()).optional(),
  }),
});

/** Kind endToEnd: raw texts in, tags out. */
export function checkMetadataEndToEnd(_input: unknown, row: Case): unknown {
  return answerOrRefusal(row, () => {
    const { actionInputs, images, defaultBranch, now, env, event } = EndToEndRow.parse(row.row);
    const parsed = parseMetadataInputs(actionInputs);
    const named = typeof images === "string" ? parseMetadataList(images) : images;
    const repository = defaultBranch === undefined ? {} : { default_branch: defaultBranch };
    const { version, tags, warnings } = decideMetadataTags(
      { ...parsed, ...(named === undefined ? {} : { images: named }) },
      {
        event: withoutMissing({ ...event, payload: { repository, ...event.payload } }),
        repository,
        now: now ?? "2020-01-10T00:30:00.000Z",
        env: env ?? {},
      },
    );
    return { tagsList: parsed.tags, version: versionOf(version), tags, warnings };
  });
}
