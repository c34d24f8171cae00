import { z } from "zod";

const Next = z.string().nullable().optional();

/** The rows of python.org's releases: a bare array (v2), or the envelope of a version that pages (v1, a paged v2). */
export const PythonReleaseList = z.union([
  z.array(z.unknown()).transform((rows) => ({ rows, next: undefined })),
  z.object({ results: z.array(z.unknown()), next: Next }).transform(({ results, next }) => ({ rows: results, next })),
  z
    .object({ objects: z.array(z.unknown()), meta: z.object({ next: Next }).optional() })
    .transform(({ objects, meta }) => ({ rows: objects, next: meta?.next })),
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
    tag_name: z.string().min(1),
    draft: z.boolean().optional(),
    prerelease: z.boolean().optional(),
    published_at: z.string().nullable().optional(),
  }),
);

/** One page of a repository's tags; the commit is already peeled. */
export const GitHubTagPage = z.array(
  z.object({ name: z.string().min(1), commit: z.object({ sha: z.string() }).optional() }),
);

const GitObject = z.object({ type: z.string(), sha: z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/) });

/** References that begin alike. The object of an annotated tag is the tag, not the commit. */
export const GitHubRefPage = z.array(z.object({ ref: z.string().min(1), object: GitObject }));

/** An annotated tag. */
export const GitHubTagObject = z.object({
  object: GitObject,
  tagger: z.object({ date: z.string().nullable().optional() }).nullable().optional(),
});

/** The releases of Node.js. `lts` is `false` or a code name. */
export const NodeReleaseList = z.array(
  z.object({
    version: z.string().min(1),
    date: z.string().nullable().optional(),
    lts: z.union([z.boolean(), z.string()]).optional(),
  }),
);

const Day = z.string().nullable().optional();

/** A product of endoflife.date, API v1. */
export const EndOfLifeProduct = z.object({
  result: z.object({
    releases: z.array(
      z.object({
        name: z.string().min(1),
        releaseDate: Day,
        isLts: z.boolean().optional(),
        ltsFrom: Day,
        isEol: z.boolean().optional(),
        eolFrom: Day,
        isDiscontinued: z.boolean().optional(),
        latest: z
          .object({ name: z.string().min(1), date: Day })
          .nullable()
          .optional(),
      }),
    ),
  }),
});

/** A package of an npm registry, the long form. `time` also has `created`, `modified` and perhaps `unpublished`. */
export const NpmPackage = z.object({
  versions: z
    .record(z.string().min(1), z.object({ deprecated: z.union([z.string(), z.boolean()]).nullable().optional() }))
    .optional(),
  time: z.record(z.string(), z.unknown()).optional(),
});

const GitLabCommit = z.object({ id: z.string() }).nullable().optional();

/** One page of a project's tags on GitLab. `created_at` is the annotated tag's, not the commit's. */
export const GitLabTagPage = z.array(
  z.object({ name: z.string().min(1), created_at: z.string().nullable().optional(), commit: GitLabCommit }),
);

/** One page of a project's releases on GitLab. */
export const GitLabReleasePage = z.array(
  z.object({
    tag_name: z.string().min(1),
    released_at: z.string().nullable().optional(),
    upcoming_release: z.boolean().optional(),
    commit: GitLabCommit,
  }),
);

const Yanked = z.union([z.boolean(), z.string()]).nullable().optional();

/** A project of PyPI's JSON API. `releases` is there on PyPI only. */
export const PyPiProject = z.object({
  releases: z
    .record(
      z.string().min(1),
      z.array(
        z.object({
          yanked: Yanked,
          upload_time_iso_8601: z.string().nullable().optional(),
          upload_time: z.string().nullable().optional(),
        }),
      ),
    )
    .optional(),
});

/** A project of the simple index as JSON, version 1 of that API. */
export const PyPiSimple = z.object({
  meta: z.object({ "api-version": z.string().regex(/^1\./) }),
  files: z.array(z.object({ filename: z.string(), yanked: Yanked, "upload-time": z.string().nullable().optional() })),
});
