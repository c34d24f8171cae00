import { isTag } from "@bayplan/core";
import { z } from "zod";

/** What a token endpoint answers. Both names of the token are in use. */
export const TokenAnswer = z
  .object({
    token: z.string().min(1).optional(),
    access_token: z.string().min(1).optional(),
    expires_in: z.number().optional().catch(undefined),
    issued_at: z.string().optional().catch(undefined),
  })
  .transform((answer, context) => {
    const token = answer.token ?? answer.access_token;
    if (token !== undefined) return { token, expiresInSeconds: answer.expires_in, issuedAt: answer.issued_at };
    context.addIssue({ code: "custom", message: "neither token nor access_token" });
    return z.NEVER;
  });

// In hostile documents a list has millions of items, and zod describes each that is wrong: these stop at the first.
const Tags = z.custom<readonly string[]>((value) => Array.isArray(value) && value.every(isTagText), "expected tags");
const Annotations = z.custom<Readonly<Record<string, string>>>(isTextRecord, "expected texts by name");
const readErrors = 100;

/**
 * One page of tags. Some registries write `null` for none, or only the name; a document with neither is of another kind,
 * and no empty list.
 */
export const TagList = z
  .object({ name: z.string().optional().catch(undefined), tags: Tags.nullish() })
  .refine(({ name, tags }) => name !== undefined || tags !== undefined, "expected a list of tags");

/** How a registry says what went wrong. */
export const ErrorDocument = z.object({
  errors: z
    .custom<readonly unknown[]>(Array.isArray, "expected errors")
    .transform((errors) => errors.slice(0, readErrors))
    .pipe(z.array(z.object({ code: z.string().catch(""), message: z.string().optional().catch(undefined) })).min(1)),
});

/** The fields of a manifest that tell its media type when the `Content-Type` does not. */
export const ManifestShape = z.object({
  mediaType: z.string().optional(),
  manifests: z.array(z.unknown()).optional(),
  config: z.unknown().optional(),
  layers: z.array(z.unknown()).optional(),
});

/** What makes a manifest a referrer, and what its listing tells about it. */
export const ReferrerShape = z.object({
  subject: z.object({ digest: z.string() }),
  artifactType: z.string().optional().catch(undefined),
  config: z
    .object({ mediaType: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
  annotations: Annotations.optional().catch(undefined),
});

const DockerConfigEntry = z.object({
  auth: z.string().nullish(),
  username: z.string().nullish(),
  password: z.string().nullish(),
  identitytoken: z.string().nullish(),
  registrytoken: z.string().nullish(),
});

/** The part of Docker's and podman's configuration that is about credentials. */
export const DockerConfig = z.object({
  auths: z.record(z.string(), DockerConfigEntry.nullable()).nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
  credsStore: z.string().nullish(),
});
export type DockerConfig = z.infer<typeof DockerConfig>;
export type DockerConfigEntry = z.infer<typeof DockerConfigEntry>;

/** What a credential helper prints. */
export const HelperAnswer = z.object({ Username: z.string(), Secret: z.string() });

// What is no tag would lead elsewhere as part of an address (`../../other`).
function isTagText(value: unknown): value is string {
  return typeof value === "string" && isTag(value);
}

function isTextRecord(value: unknown): value is Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === "string");
}
