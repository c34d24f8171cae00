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

/** One page of tags. Some registries write `null` for none. */
export const TagList = z.object({ tags: z.array(z.string()).nullish() });

/** How a registry says what went wrong. */
export const ErrorDocument = z.object({
  errors: z.array(z.object({ code: z.string().catch(""), message: z.string().optional().catch(undefined) })).min(1),
});

/** The fields of a manifest that tell its media type when the `Content-Type` does not. */
export const ManifestShape = z.object({
  mediaType: z.string().optional(),
  manifests: z.array(z.unknown()).optional(),
  config: z.unknown().optional(),
  layers: z.array(z.unknown()).optional(),
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
