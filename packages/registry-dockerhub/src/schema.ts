import { isDigest, isInstant, isTag, parseInstant } from "@bayplan/core";
import { z } from "zod";

// Go writes the year 1 where it means "never".
const Time = z
  .string()
  .refine((text) => isInstant(text) && Date.parse(text) > 0)
  .transform(parseInstant)
  .optional()
  .catch(undefined);

/** One tag of the Hub API. Old ones have no digest, and times may be missing. */
const HubTag = z
  .object({
    name: z.string().refine(isTag, "expected a tag"),
    digest: z.string().refine(isDigest).optional().catch(undefined),
    media_type: z.string().min(1).optional().catch(undefined),
    tag_last_pushed: Time,
    tag_last_pulled: Time,
  })
  .transform((tag) => ({
    name: tag.name,
    digest: tag.digest !== undefined && isDigest(tag.digest) ? tag.digest : undefined,
    mediaType: tag.media_type,
    pushedAt: tag.tag_last_pushed,
    pulledAt: tag.tag_last_pulled,
  }));

/** One page of the tags of a repository. */
export const HubTagPage = z.object({
  count: z.number().int().nonnegative(),
  next: z.string().nullish(),
  // Asked for 100; what gives many times as many is no Docker Hub.
  results: z.array(HubTag).max(1_000),
});

/** What the Hub API gives for a login. */
export const HubLogin = z.object({ access_token: z.string().min(1) });

/** The claims that tell how long a JWT of the Hub API is good for, in seconds. */
export const HubClaims = z.object({ iat: z.number().positive(), exp: z.number().positive() });

/** What the registry's token endpoint gives. */
export const RegistryToken = z.union([
  z.object({ token: z.string().min(1) }).transform(({ token }) => token),
  z.object({ access_token: z.string().min(1) }).transform(({ access_token }) => access_token),
]);
