import type { MetadataActionContext, MetadataActionInputs } from "@bayplan/compat";
import { isBayplanError } from "@bayplan/core";
import { z } from "zod";
import type { Case } from "../case-file.ts";

const Strings = z.array(z.string());
const Env = z.record(z.string(), z.string());
const Context = z.object({ eventName: z.string(), ref: z.string(), sha: z.string(), commitDate: z.string() });
const Event = z.object({ ...Context.partial().shape, payload: z.unknown().optional() });
const MetaRow = z.object({
  inputs: z.strictObject({
    images: Strings.optional(),
    tags: Strings.optional(),
    flavor: Strings.optional(),
    labels: Strings.optional(),
    annotations: Strings.optional(),
    bakeTarget: z.string().optional(),
    sepTags: z.string().optional(),
    sepLabels: z.string().optional(),
    sepAnnotations: z.string().optional(),
  }),
  now: z.string().optional(),
  context: Context.partial().optional(),
  event: Event.optional(),
  env: Env.optional(),
  repo: z.record(z.string(), z.unknown()).optional(),
  annotationLevels: Strings.optional(),
});

/** Inputs and context of a case, in the words of the library. */
export interface MetadataCase {
  readonly inputs: MetadataActionInputs;
  readonly context: MetadataActionContext;
}

/** Reads a case that calls the whole. `context` is what the rules see, `event` has the payload. */
export function readMetadataCase(row: Case["row"]): MetadataCase {
  const { inputs, now, context, event, env, repo, annotationLevels } = MetaRow.parse(row);
  const { commitDate, ...effective } = { ...event, ...context };
  const levels = annotationLevels && { DOCKER_METADATA_ANNOTATIONS_LEVELS: annotationLevels.join(",") };
  return {
    inputs: withoutMissing(inputs),
    context: {
      event: withoutMissing(effective),
      repository: repo ?? {},
      now: now ?? commitDate ?? "2020-01-10T00:30:00.000Z",
      ...(commitDate === undefined ? {} : { commitDate }),
      env: { ...env, ...levels },
    },
  };
}

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Without the keys that are there and undefined. */
export function withoutMissing<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Present<T>;
}

/**
 * The answer, or the words with which it is refused: `errorMessage` are the action's own, which the error carries as
 * its cause. `error` is given only where the case speaks of it; a case that expects an answer finds none then.
 */
export function answerOrRefusal(row: Case, answer: () => unknown): unknown {
  try {
    return answer();
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    const errorMessage = wordsOf(error);
    const expectsError = typeof row.expected === "object" && row.expected !== null && "error" in row.expected;
    return expectsError ? { error: error.code, errorMessage } : { errorMessage };
  }
}

/** The action's own words for a refusal. */
export function wordsOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
