import { createVirtualClock } from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { createPyPiSource } from "./create-pypi-source.ts";
import { normalizeProject, versionOfFile } from "./pypi-file-version.ts";
import { all, json, type ScriptedRequest, scriptedFetch } from "./testing/scripted-fetch.ts";

function createWorld(answer: (request: ScriptedRequest) => Response) {
  const { fetch, sent } = scriptedFetch(answer);
  const clock = createVirtualClock({ auto: true });
  return { sent, source: createPyPiSource({ project: "Zope.Interface", fetch, clock }) };
}

const file = (yanked: unknown, time = "2026-02-03T04:05:06.123456Z") => ({ yanked, upload_time_iso_8601: time });
const simpleOnly = (simple: () => Response) => (request: ScriptedRequest) =>
  request.url.pathname.startsWith("/simple/") ? simple() : new Response("<html>no</html>", { status: 404 });
const html = (anchors: string, end = "</body></html>\n<!--SERIAL 1-->") =>
  new Response(
    `<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.3"></head><body>${anchors}${end}`,
    {
      headers: { "content-type": "text/html; charset=UTF-8" },
    },
  );

describe("createPyPiSource", () => {
  it("takes a release for yanked only if all its files are", async () => {
    const { source, sent } = createWorld(() =>
      json({
        releases: {
          "1.0": [file(true), file(true)],
          "1.1": [file(true), file(false)],
          "1.2": [file(false)],
        },
      }),
    );
    const listed = await all(source.list());
    expect(listed.map(({ raw, yanked }) => [raw, yanked])).toEqual([
      ["1.0", true],
      ["1.1", false],
      ["1.2", false],
    ]);
    expect(sent.map(({ url }) => url.href)).toEqual(["https://pypi.org/pypi/zope-interface/json"]);
    expect(source.id).toBe("pypi:zope-interface");
  });

  it("takes the time of the first file, and leaves out a release without files", async () => {
    const { source } = createWorld(() =>
      json({ releases: { "1.0": [file(false), file(false, "2026-01-01T00:00:00")], "2.0": [] } }),
    );
    expect(await all(source.list())).toEqual([{ raw: "1.0", yanked: false, releasedAt: "2026-01-01T00:00:00Z" }]);
  });

  it("does not look at what Python a release requires", async () => {
    const { source } = createWorld(() => json({ releases: { "1.0": [{ ...file(false), requires_python: ">=99" }] } }));
    expect(await all(source.list())).toHaveLength(1);
  });

  it.each([
    ["404", simpleOnly],
    [
      "a document without releases",
      (simple: () => Response) => (request: ScriptedRequest) =>
        request.url.pathname.startsWith("/simple/") ? simple() : json({ info: {} }),
    ],
  ])("asks the simple index where the JSON API answers with %s", async (_, answerer) => {
    const { source, sent } = createWorld(
      answerer(() =>
        json(
          {
            meta: { "api-version": "1.4" },
            files: [
              { filename: "zope.interface-1.0.tar.gz", yanked: "broken", "upload-time": "2026-02-03T04:05:06Z" },
              { filename: "zope_interface-1.0-py3-none-any.whl", yanked: "" },
              { filename: "zope_interface-1.1-py3-none-any.whl", yanked: false },
              { filename: "zope_interface-1.1-py3-none-any.whl.metadata", yanked: true },
            ],
          },
          { "content-type": "application/vnd.pypi.simple.v1+json" },
        ),
      ),
    );
    expect(await all(source.list())).toEqual([
      { raw: "1.0", yanked: true, releasedAt: "2026-02-03T04:05:06Z" },
      { raw: "1.1", yanked: false },
    ]);
    expect(sent.at(-1)?.url.pathname).toBe("/simple/zope-interface/");
    expect(sent.at(-1)?.headers["accept"]).toContain("application/vnd.pypi.simple.v1+json");
  });

  it("reads the simple index as HTML", async () => {
    const { source } = createWorld(
      simpleOnly(() =>
        html(
          '<a href="../../a#sha256=0" data-yanked="">zope.interface-1.0.tar.gz</a><br/>\n' +
            '<a href="b" data-requires-python="&gt;=3.9">zope_interface-1.1-cp39-cp39-linux_x86_64.whl</a>',
        ),
      ),
    );
    expect(await all(source.list())).toEqual([
      { raw: "1.0", yanked: true },
      { raw: "1.1", yanked: false },
    ]);
  });

  it.each([
    ["cut", () => html('<a href="a">zope.interface-1.0.tar.gz</a>', "")],
    ["without files", () => html("<p>Please log in</p>")],
    [
      "of another version",
      () =>
        new Response('<html><meta name="pypi:repository-version" content="2.0"><a href="a">x</a></html>', {
          headers: { "content-type": "text/html" },
        }),
    ],
    ["of another version, as JSON", () => json({ meta: { "api-version": "2.0" }, files: [] })],
    ["of another type", () => new Response("x</html>", { headers: { "content-type": "text/plain" } })],
  ])("fails for a simple index that is %s", async (_, simple) => {
    await expect(all(createWorld(simpleOnly(simple)).source.list())).rejects.toMatchObject({
      code: "RESPONSE_INVALID",
    });
  });

  it("says NOT_FOUND only if neither API has the project", async () => {
    const absent = createWorld(() => new Response("", { status: 404 })).source;
    await expect(all(absent.list())).rejects.toMatchObject({ code: "NOT_FOUND" });
    const down = createWorld(simpleOnly(() => new Response("", { status: 500 }))).source;
    await expect(all(down.list())).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it.each(["", "-x", "a/b", "a b", "x."])("refuses the project %j", (project) => {
    expect(() => createPyPiSource({ project })).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});

describe("versionOfFile", () => {
  it.each([
    ["foo-bar-1.0.tar.gz", "foo-bar", "1.0"],
    ["Foo.Bar-1.0rc1.zip", "foo-bar", "1.0rc1"],
    ["foo_bar-1.0+l.1-1-py3-none-any.whl", "foo-bar", "1.0+l.1"],
    ["foo_bar-1.0-py2.7.egg", "foo-bar", "1.0"],
    ["foo-2to3-1.0.tar.gz", "foo-2to3", "1.0"],
    ["other-1.0.tar.gz", "foo", undefined],
    ["foo-1.0.exe", "foo", undefined],
    ["foo.tar.gz", "foo", undefined],
  ])("%s of %s is %s", (name, project, version) => {
    expect(versionOfFile(name, normalizeProject(project))).toBe(version);
  });
});
