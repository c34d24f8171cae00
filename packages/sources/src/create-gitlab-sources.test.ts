import { createVirtualClock } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { createGitLabReleasesSource } from "./create-gitlab-releases-source.ts";
import { createGitLabTagsSource } from "./create-gitlab-tags-source.ts";
import { all, json, type ScriptedRequest, scriptedFetch } from "./testing/scripted-fetch.ts";

function world(answer: (request: ScriptedRequest) => Response) {
  const { fetch, sent } = scriptedFetch(answer);
  return { sent, options: { project: "g/s/n", fetch, clock: createVirtualClock({ auto: true }) } };
}

describe("createGitLabTagsSource", () => {
  it("takes the time of the annotated tag, never the commit's", async () => {
    const commit = { id: "c1", created_at: "2001-01-01T00:00:00Z" };
    const { options, sent } = world(() =>
      json([
        { name: "v2", created_at: "2026-02-03T04:05:06.000+01:00", target: "t1", commit },
        { name: "v1", created_at: null, commit },
      ]),
    );
    const source = createGitLabTagsSource(options);
    expect(await all(source.list())).toEqual([
      { raw: "v2", releasedAt: "2026-02-03T03:05:06Z", commit: "c1" },
      { raw: "v1", commit: "c1" },
    ]);
    expect(sent.map(({ url }) => url.href)).toEqual([
      "https://gitlab.com/api/v4/projects/g%2Fs%2Fn/repository/tags?per_page=100",
    ]);
    expect(source.id).toBe("gitlab-tags:g/s/n");
  });

  it("finds the next page by its number where there is no Link", async () => {
    const { options } = world(({ url }) =>
      url.searchParams.get("page") === "2"
        ? json([{ name: "v1" }], { "x-next-page": "" })
        : json([{ name: "v2" }], { "x-next-page": "2" }),
    );
    expect((await all(createGitLabTagsSource(options).list())).map(({ raw }) => raw)).toEqual(["v2", "v1"]);
  });

  it("follows a keyset link, and refuses one that cannot be read", async () => {
    const { options } = world(({ url }) =>
      url.searchParams.has("page_token")
        ? json([{ name: "v1" }])
        : json([{ name: "v2" }], { link: '<?page_token=v2&pagination=keyset>; rel="next"' }),
    );
    expect(await all(createGitLabTagsSource(options).list())).toHaveLength(2);
    const broken = world(() => json([{ name: "v2" }], { link: 'https://gitlab.com/x; rel="next"' }));
    await expect(all(createGitLabTagsSource(broken.options).list())).rejects.toMatchObject({
      code: "RESPONSE_INVALID",
    });
    const number = world(() => json([{ name: "v2" }], { "x-next-page": "two" }));
    await expect(all(createGitLabTagsSource(number.options).list())).rejects.toMatchObject({
      code: "RESPONSE_INVALID",
    });
  });

  it.each([{ project: "name" }, { project: "g/../n x" }, { project: "" }, { token: "a b" }, { maxPages: 0 }])(
    "refuses the option %j",
    (change) => {
      const create = () => createGitLabTagsSource({ ...world(() => json([])).options, ...change });
      expect(create).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
    },
  );
});

describe("createGitLabReleasesSource", () => {
  it("leaves out upcoming releases", async () => {
    const { options, sent } = world(() =>
      json([
        { tag_name: "v3", released_at: "2027-01-01T00:00:00Z", upcoming_release: true },
        { tag_name: "v2", released_at: "2026-01-01T00:00:00Z", upcoming_release: false, commit: { id: "c2" } },
      ]),
    );
    expect(await all(createGitLabReleasesSource(options).list())).toEqual([
      { raw: "v2", releasedAt: "2026-01-01T00:00:00Z", commit: "c2" },
    ]);
    expect(sent[0]?.url.pathname).toBe("/api/v4/projects/g%2Fs%2Fn/releases");
  });
});
