import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BayplanError, parseInstant, throwIfCancelled, type VersionSource } from "@bayplan/core";
import { createHttpClient, systemClock } from "@bayplan/runtime";
import {
  type ContractSkip,
  type VersionSourceContractOptions,
  type VersionSourcePage,
  type VersionSourceWorld,
  versionSourceContract,
  versionSourceContractTests,
  versionSourcePagingTests,
} from "@bayplan/testkit";
import { describe, it } from "vitest";
import { createEndOfLifeSource } from "./create-endoflife-source.ts";
import { createFixedListSource } from "./create-fixed-list-source.ts";
import { createGitTagsSource } from "./create-git-tags-source.ts";
import { createGitHubReleasesSource } from "./create-github-releases-source.ts";
import { createGitHubTagsSource } from "./create-github-tags-source.ts";
import { createGitLabReleasesSource } from "./create-gitlab-releases-source.ts";
import { createGitLabTagsSource } from "./create-gitlab-tags-source.ts";
import { createJsonSource } from "./create-json-source.ts";
import { createListFileSource } from "./create-list-file-source.ts";
import { createNodeSource } from "./create-node-source.ts";
import { createNpmSource } from "./create-npm-source.ts";
import { createPyPiSource } from "./create-pypi-source.ts";
import { createPythonOrgSource } from "./create-python-org-source.ts";
import { createRegistryTagsSource } from "./create-registry-tags-source.ts";
import { createVersionFileSource } from "./create-version-file-source.ts";
import { fallbackSources } from "./fallback-sources.ts";
import { gitAdvertisement } from "./testing/git-advertisement.ts";
import { createVersionListing } from "./version-listing.ts";

const runner = { describe, it };
const time = "2026-02-03T04:05:06Z";
const sha = (raw: string): string => Buffer.from(raw).toString("hex").padEnd(40, "0");
const linked = (data: unknown, next: string | undefined): Response =>
  Response.json(
    data,
    next === undefined ? {} : { headers: { link: `<${next}>; rel="next", <http://x/>; rel="last"` } },
  );
const oneAnswer: ContractSkip = { reason: "one answer has everything", tests: versionSourcePagingTests };

interface Row {
  readonly source: (world: VersionSourceWorld, http: { clock: VersionSourceWorld["clock"] }) => VersionSource;
  readonly answer: (page: VersionSourcePage) => Response | Promise<Response>;
  readonly skip?: readonly ContractSkip[];
  readonly paging?: false;
}

const gitLabTag = (raw: string) => ({ name: raw, created_at: time, commit: { id: sha(raw), x: 1 }, protected: false });
const rows: Readonly<Record<string, Row>> = {
  "python.org, as an API that pages": {
    source: ({ origin }, http) => createPythonOrgSource({ baseUrl: origin, freshForMs: 0, ...http }),
    answer: ({ versions, next = null }) =>
      Response.json({
        count: 9,
        next,
        results: versions.map((raw) => ({ name: `Python ${raw}`, pre_release: false })),
      }),
    skip: [
      {
        reason: "its bound is 100 pages, and no option",
        tests: ["says that it is truncated when there is no end, and stops"],
      },
    ],
  },
  "python.org, as it is": {
    paging: false,
    source: ({ origin }, http) => createPythonOrgSource({ baseUrl: origin, freshForMs: 0, ...http }),
    answer: ({ versions }) =>
      Response.json(
        versions.map((raw) => ({ name: `Python ${raw}`, release_date: time, pre_release: false, slug: "x" })),
      ),
  },
  "GitHub releases": {
    source: ({ origin, token, maxPages }, http) =>
      createGitHubReleasesSource({ repository: "o/n", baseUrl: origin, token, maxPages, ...http }),
    answer: ({ versions, next }) =>
      linked(
        versions.map((raw) => ({ tag_name: raw, published_at: time, id: 1 })),
        next,
      ),
  },
  "GitHub tags": {
    source: ({ origin, token, maxPages }, http) =>
      createGitHubTagsSource({ repository: "o/n", baseUrl: origin, token, maxPages, ...http }),
    answer: ({ versions, next }) =>
      linked(
        versions.map((raw) => ({ name: raw, commit: { sha: sha(raw), url: "x" }, node_id: "x" })),
        next,
      ),
  },
  "GitHub tags that begin alike": {
    source: ({ origin, token, maxPages }, http) =>
      createGitHubTagsSource({ repository: "o/n", prefix: "1.", baseUrl: origin, token, maxPages, ...http }),
    answer: ({ versions, next }) =>
      linked(
        versions.map((raw) => ({ ref: `refs/tags/${raw}`, object: { type: "tag", sha: sha(raw) } })),
        next,
      ),
  },
  "GitLab tags": {
    source: ({ origin, token, maxPages }, http) =>
      createGitLabTagsSource({ project: "g/s/n", baseUrl: origin, token, maxPages, ...http }),
    answer: ({ versions, next }) => linked(versions.map(gitLabTag), next),
  },
  "GitLab releases": {
    source: ({ origin, token, maxPages }, http) =>
      createGitLabReleasesSource({ project: "42", baseUrl: origin, token, maxPages, ...http }),
    answer: ({ versions, next }) =>
      linked(
        versions.map((raw) => ({ tag_name: raw, released_at: time, name: "x" })),
        next,
      ),
  },
  "JSON with a callback": {
    source: ({ origin, token, maxPages }, http) => createTestJsonSource(`${origin}/v`, { token, maxPages, ...http }),
    answer: ({ versions, next = null }) => Response.json({ versions, next }),
  },
  "a registry's tags": {
    source: ({ origin, token, maxPages }, { clock }) => {
      const versions = createTestJsonSource(`${origin}/v2/n/tags/list`, { token, maxPages, clock, staleForMs: 0 });
      const registry = {
        id: "test",
        async *listTags(_: unknown, call = {}) {
          const listing = versions.list(call);
          for await (const { raw } of listing) yield raw;
          if (listing.completeness().truncated) throw new BayplanError("INCOMPLETE", "it is cut");
        },
      };
      return createRegistryTagsSource({ registry, repository: "registry.test/n", clock });
    },
    answer: ({ versions, next = null }) => Response.json({ versions, next }),
    skip: [
      {
        reason: "a listing is collected before it is given: an adapter's iterable cannot be shared page by page",
        tests: ["asks for a page only when it is wanted", "fails with CANCELLED when the signal aborts between pages"],
      },
      {
        reason: "an adapter throws INCOMPLETE instead",
        tests: ["says that it is truncated when there is no end, and stops"],
      },
    ],
  },
  PyPI: {
    paging: false,
    source: ({ origin, token }, http) => createPyPiSource({ project: "Num_Py", baseUrl: origin, token, ...http }),
    answer: ({ versions }) =>
      Response.json({
        info: { version: "x" },
        releases: Object.fromEntries(
          versions.map((raw) => [raw, [{ upload_time_iso_8601: time, yanked: false, size: 1 }]]),
        ),
      }),
  },
  "PyPI, the simple index": {
    paging: false,
    source: ({ origin, token }, http) => createPyPiSource({ project: "num-py", baseUrl: origin, token, ...http }),
    answer: ({ versions, request }) =>
      new URL(request.url).pathname.startsWith("/pypi/")
        ? new Response("<html>", { status: 404 })
        : Response.json({
            meta: { "api-version": "1.1" },
            files: versions.map((raw) => ({ filename: `num_py-${raw}-py3-none-any.whl`, hashes: {}, yanked: false })),
          }),
  },
  npm: {
    paging: false,
    source: ({ origin, token }, http) => createNpmSource({ package: "@s/n", baseUrl: origin, token, ...http }),
    answer: ({ versions }) =>
      Response.json({
        "dist-tags": { latest: "x" },
        versions: Object.fromEntries(versions.map((raw) => [raw, { name: "@s/n", engines: {} }])),
        time: { created: time, ...Object.fromEntries(versions.map((raw) => [raw, time])) },
      }),
  },
  "nodejs.org": {
    paging: false,
    source: ({ origin }, http) => createNodeSource({ baseUrl: `${origin}/dist`, ...http }),
    answer: ({ versions }) =>
      Response.json(versions.map((version) => ({ version, date: "2026-02-03", lts: false, npm: "x" }))),
  },
  "endoflife.date": {
    paging: false,
    source: ({ origin }, http) => createEndOfLifeSource({ product: "python", baseUrl: origin, ...http }),
    answer: ({ versions }) =>
      Response.json({
        schema_version: "1.2.1",
        result: {
          name: "python",
          releases: versions.map((raw) => ({
            name: raw.slice(0, 3),
            isEol: false,
            latest: { name: raw, date: "2026-02-03" },
          })),
        },
      }),
  },
};

function createTestJsonSource(
  url: string,
  { token, ...options }: { token: string; maxPages: number; clock: VersionSourceWorld["clock"]; staleForMs?: number },
): VersionSource {
  return createJsonSource({
    id: "json",
    url,
    authorization: `Bearer ${token}`,
    ...options,
    read(data) {
      const { versions, next } = data as { versions: readonly string[]; next: string | null };
      const candidates = versions.map((raw) => ({ raw, releasedAt: parseInstant(time) }));
      return { candidates, ...(next === null ? {} : { next }) };
    },
  });
}

for (const [name, { source, answer, skip = [], paging }] of Object.entries(rows)) {
  describe(name, () => {
    versionSourceContract({
      runner,
      answer,
      ...(paging === false ? { paging, skip: [oneAnswer, ...skip] } : { skip }),
      create: async (world) => {
        const http = createHttpClient({ clock: world.clock, env: {} });
        return { source: source(world, { clock: world.clock, ...{ http } }), dispose: () => http.close() };
      },
    });
  });
}

describe("two sources, the first of which fails", () => {
  versionSourceContract({
    runner,
    answer: ({ versions, next = null }) => Response.json({ versions, next }),
    skip: [
      {
        reason: "a listing is read to its end before it is given, so that two are never mixed",
        tests: ["asks for a page only when it is wanted", "fails with CANCELLED when the signal aborts between pages"],
      },
      { reason: "it always says what failed before", tests: ["lists everything once, exactly as it is published"] },
    ],
    create: async ({ origin, token, maxPages, clock }) => {
      const http = createHttpClient({ clock, env: {} });
      const options = { token, maxPages, clock, http };
      return {
        source: fallbackSources([failing, createTestJsonSource(`${origin}/v`, options)]),
        dispose: () => http.close(),
      };
    },
  });
});

const failing: VersionSource = {
  id: "failing",
  list: ({ signal } = {}) =>
    createVersionListing(async function* () {
      throwIfCancelled(signal);
      yield [{ raw: "0.0.1" }];
      throw new BayplanError("NOT_FOUND", "it is gone");
    }),
};

describe("git ls-remote over HTTP", () => {
  versionSourceContract({
    runner,
    paging: false,
    answer: ({ versions }) =>
      gitAdvertisement([
        ["HEAD", sha("HEAD")],
        ...versions.map((raw): [string, string] => [`refs/tags/${raw}`, sha(raw)]),
      ]),
    skip: [
      oneAnswer,
      {
        reason: "Git does not wait: the caller tries again, or takes the next source",
        tests: ["waits as long as a 429 asks, and goes on"],
      },
      {
        reason: "Git does not tell what Retry-After said",
        tests: ["fails with RATE_LIMITED and the wait when a 429 asks for hours"],
      },
    ],
    create: async ({ origin, token, clock }) => {
      // Ages are the test's, but Git takes the time it takes.
      const real = { now: () => clock.now(), sleep: systemClock.sleep };
      return { source: createGitTagsSource({ repository: `${origin}/o/n`, token, clock: real }) };
    },
  });
});

const overNetwork = versionSourceContractTests.filter((name) =>
  /^fails with (?!CANCELLED when the signal has)|^fails for|429|older listing|two listings at a time|goes on with/.test(
    name,
  ),
);
const local: Pick<VersionSourceContractOptions, "runner" | "paging" | "answer"> = {
  runner,
  paging: false,
  answer: () => Response.json([]),
};
const noServer: ContractSkip = { reason: "nothing is asked of a server", tests: overNetwork };
const notEmpty = (reason: string): ContractSkip => ({
  reason,
  tests: ["lists nothing where nothing is published, and says that this is all"],
});

describe("a fixed list", () => {
  versionSourceContract({
    ...local,
    skip: [oneAnswer, noServer, notEmpty("it is fixed")],
    create: async ({ versions }) => ({
      source: createFixedListSource(
        "fixed",
        versions.map((raw) => ({ raw })),
      ),
    }),
  });
});

describe("files", () => {
  const inFile = (create: (path: string) => VersionSource) => async (world: VersionSourceWorld) => {
    const directory = await mkdtemp(join(tmpdir(), "bayplan-sources-"));
    const path = join(directory, "VERSIONS");
    await writeFile(path, `# versions\n${world.versions.join("\n")}\n`);
    return { source: create(path), dispose: () => rm(directory, { recursive: true }) };
  };
  describe("a list", () => {
    versionSourceContract({
      ...local,
      skip: [oneAnswer, noServer, notEmpty("an empty file is an error")],
      create: inFile((path) => createListFileSource({ path })),
    });
  });
  describe("one version", () => {
    versionSourceContract({
      ...local,
      count: 1,
      skip: [oneAnswer, noServer, notEmpty("a file without a version is an error")],
      create: inFile((path) => createVersionFileSource({ path })),
    });
  });
});
