import { z } from "zod";

/** What a token endpoint answers. Both names of the token are in use. */
export const TokenAnswer = z
  .object({
    token: z.string().min(1).optional(),
    access_token: z.string().min(1).optional(),
    expires_in: z.number().optional().catch(undefined),
  })
  .transform((answer, context) => {
    const token = answer.token ?? answer.access_token;
    if (token !== undefined) return { token, expiresInSeconds: answer.expires_in };
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
