import { z } from "zod";

/** The rows of python.org's releases: a bare array (v2), or an envelope (v1, a paged v2), which may say that there is more. */
export const PythonReleaseList = z.union([
  z.array(z.unknown()).transform((rows) => ({ rows, hasMore: false })),
  z
    .object({ results: z.array(z.unknown()), next: z.string().nullable().optional() })
    .transform(({ results, next }) => ({ rows: results, hasMore: typeof next === "string" })),
  z
    .object({ objects: z.array(z.unknown()), meta: z.object({ next: z.string().nullable().optional() }).optional() })
    .transform(({ objects, meta }) => ({ rows: objects, hasMore: typeof meta?.next === "string" })),
]);

/** One release of python.org. `name` is its only version; `version` is the family. */
export const PythonRelease = z.object({
  name: z.string(),
  pre_release: z.boolean().optional(),
  is_published: z.boolean().optional(),
  release_date: z.string().nullable().optional(),
});

/** One page of a repository's releases. Only the tag must be there: some servers of this API leave the rest out. */
export const GitHubReleasePage = z.array(
  z.object({
    tag_name: z.string(),
    draft: z.boolean().optional(),
    prerelease: z.boolean().optional(),
    published_at: z.string().nullable().optional(),
  }),
);
