import { z } from "zod";

// Every text is bounded: a branch may have 255 bytes, and whatever is longer is no event of GitHub's.
const text = z.string().max(1000);
const sha = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);
const fullName = z.string().regex(/^[^/\s]{1,100}\/[^/\s]{1,100}$/);
const repository = z.object({ full_name: fullName, default_branch: text.optional() });
const inputValue = z.union([z.string().max(65_535), z.number(), z.boolean()]);

/** The parts of an event that are used, by the event's name. GitHub sends much more. */
export const payloads = {
  push: z.object({ ref: text, before: sha, after: sha, forced: z.boolean().optional() }),
  pull_request: z.object({
    action: text,
    number: z.number().int().positive(),
    pull_request: z.object({
      draft: z.boolean().optional(),
      base: z.object({ ref: text, repo: repository }),
      head: z.object({ ref: text, sha, repo: repository.nullable() }),
    }),
  }),
  schedule: z.object({ schedule: text }),
  workflow_dispatch: z.object({ inputs: z.record(z.string().max(100), inputValue.nullable()).nullish() }),
  repository_dispatch: z.object({ action: text, client_payload: z.record(z.string(), z.unknown()).nullish() }),
  release: z.object({
    action: text,
    release: z.object({ tag_name: text, prerelease: z.boolean(), draft: z.boolean() }),
  }),
  ref: z.object({ ref: text, ref_type: z.enum(["branch", "tag"]) }),
  workflow_run: z.object({
    action: text,
    repository,
    workflow_run: z.object({
      id: z.number().int().positive(),
      name: text.nullish(),
      event: text,
      conclusion: text.nullable(),
      head_branch: text.nullable(),
      head_sha: sha,
      head_repository: repository.nullish(),
    }),
  }),
  merge_group: z.object({
    action: text,
    merge_group: z.object({ base_ref: text, head_ref: text, head_sha: sha }),
  }),
};

/** What nearly every event says. */
export const Common = z.object({ repository: repository.partial().optional() });
