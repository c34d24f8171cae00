import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createListFileSource } from "./create-list-file-source.ts";
import { createVersionFileSource } from "./create-version-file-source.ts";
import { all } from "./testing/scripted-fetch.ts";

let directory = "";
let count = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "bayplan-files-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function file(content: string | Uint8Array): Promise<string> {
  const path = join(directory, `file-${count++}`);
  await writeFile(path, content);
  return path;
}

describe("createVersionFileSource", () => {
  it.each([
    ["v0.1.0rc1", "v0.1.0rc1"],
    ["  3.10  \r\n\r\n", "3.10"],
    ["\ufeff# the version\n\n1.2.3 # next: 1.3\n", "1.2.3"],
    ["1.2.3+build.7", "1.2.3+build.7"],
  ])("gives the version of %j as it stands there: %j", async (content, raw) => {
    const path = await file(content);
    expect(await all(createVersionFileSource({ path }).list())).toEqual([{ raw }]);
    expect(await all(createVersionFileSource({ path: pathToFileURL(path) }).list())).toEqual([{ raw }]);
  });

  it.each(["", "\n # nothing\n", "1.0\n1.1\n", "version 1.0", "1.0\u0000", new Uint8Array([0xff, 0x31])])(
    "is never an empty list, nor a guess: %j",
    async (content) => {
      const listing = createVersionFileSource({ path: await file(content) }).list();
      await expect(all(listing)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    },
  );

  it("finds the version in another kind of file, and says when it does not", async () => {
    const list = async (content: string) =>
      all(createVersionFileSource({ path: await file(content), format: "json", scheme: "semver" }).list());
    expect(await list('{"version":"1.10.0"}')).toEqual([{ raw: "1.10.0" }]);
    for (const content of ['{"name":"x"}', '{"version":""}', '{"version":1.1}', "{"]) {
      await expect(list(content)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    }
  });

  it("says NOT_FOUND, and refuses what is no file or too long", async () => {
    const list = (path: string) => all(createVersionFileSource({ path }).list());
    await expect(list(join(directory, "none"))).rejects.toMatchObject({ code: "NOT_FOUND" });
    await mkdir(join(directory, "folder"));
    await expect(list(join(directory, "folder"))).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(list(await file("#".repeat(1024 * 1024 + 1)))).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});

describe("createListFileSource", () => {
  it("gives one version per line, without blanks and comments, in the order of the file", async () => {
    const path = await file("3.7\n# old\n  3.10 \n\n3.9 # end of life\r\n3.14t\n3.7\n");
    const source = createListFileSource({ path });
    expect(await all(source.list())).toEqual(["3.7", "3.10", "3.9", "3.14t"].map((raw) => ({ raw })));
    await writeFile(path, "3.15");
    expect(await all(source.list())).toEqual([{ raw: "3.15" }]);
  });

  it("fails for a line that is no version, and for a file without any", async () => {
    for (const content of ["3.7,3.8\n3.9\n", "3.10,\n3.11\n", "# none\n", ""]) {
      const listing = createListFileSource({ path: await file(content) }).list();
      await expect(all(listing)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    }
    const listing = createListFileSource({ path: await file("3.14t\n3.14-slim"), scheme: "cpython-tag" }).list();
    await expect(all(listing)).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});
