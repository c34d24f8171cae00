import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { requireVersionAgreement, versionsAgree } from "./check-version-agreement.ts";
import { versionOfCommit } from "./nearest-version.ts";
import { parseVersionFile, type VersionFileFormat } from "./parse-version-file.ts";
import { parseVersionList } from "./parse-version-list.ts";

describe("parseVersionFile", () => {
  it.each<[string, VersionFileFormat, string, boolean]>([
    ["1.2.3", "plain", "1.2.3", true],
    ["\uFEFFv0.1.0rc1\r\n", "plain", "0.1.0rc1", false],
    ["# the version\n\n  2.0.0-rc.1  # next\n", "plain", "2.0.0-rc.1", false],
    ["1.0.0-hotfix", "plain", "1.0.0-hotfix", false],
    ['{ "name": "x", "version": "1.10" }', "json", "1.10", true],
    [
      '[tool.x]\nversion = "9"\n[project]\nname = "x"\nversion = "1.2.3" # ours\n[[a]]\nversion = "8"',
      "toml",
      "1.2.3",
      true,
    ],
    ["[tool.poetry]\nversion = '1.2.3a1'", "toml", "1.2.3a1", false],
    ['"""x"""\n__version__: str = "1.2.3"\n', "python", "1.2.3", true],
    ["A=1\nexport VERSION='1.2.3'\n", "env", "1.2.3", true],
    ["VERSION=v1.2.3 # x", "env", "1.2.3", true],
  ])("reads %j as %s", (content, format, text, isStable) => {
    const file = parseVersionFile(content, { format });
    expect([file.text, file.isStable]).toEqual([text, isStable]);
    expect(file.version.raw).toBe(file.raw);
  });

  it.each<[string, VersionFileFormat]>([
    ["", "plain"],
    ["# only words", "plain"],
    ["1.0.0\n2.0.0", "plain"],
    ["latest", "plain"],
    ["1.0.0 beta release", "plain"],
    ["{", "json"],
    ['{ "version": 3.1 }', "json"],
    ["[1]", "json"],
    ["null", "json"],
    ['[tool.x]\nversion = "9"', "toml"],
    ['version = "1"\n[project]\nversion = "2"', "toml"],
    ["version = __version__", "python"],
    ["VERSIONS=1", "env"],
    ["VERSION=", "env"],
    ["1".repeat(1_000_001), "plain"],
  ])("refuses %j as %s", (content, format) => {
    expect(codeOf(() => parseVersionFile(content, { format }))).toBe("INVALID_INPUT");
  });

  const swapped = 'name = "x"\n[project]\nversion = "1.2.3"';
  it.each<[string, string, string]>([
    ["a # in a text", '[project]\nname = "a # b"\nurl = "x#y" # [package]\nversion = "1.2.3" # "2.0.0"', "1.2.3"],
    [
      "a text of several lines",
      `[tool.x]\nnote = """\n[project]\nversion = "9.9"\n"""\n[project]\nversion = "1.2.3"`,
      "1.2.3",
    ],
    ["a literal text of several lines", `note = '''\nversion = "9.9"\n'''\n[package]\nversion = "1.2.3"`, "1.2.3"],
    ["a version in three quotes", '[project]\nversion = """1.2.3"""', "1.2.3"],
    ["an escape", '[project]\nversion = "1\\u002E2.3"', "1.2.3"],
    ["a dotted key", 'project.name = "x"\nproject.version = "1.2.3"', "1.2.3"],
    ["a dotted key within a table", '[tool]\npoetry.version = "1.2.3"', "1.2.3"],
    ["space around the dots", '[ tool . "poetry" ]\n"version" = "1.2.3"', "1.2.3"],
    ["an inline table", 'project = { name = "x", version = "1.2.3" }', "1.2.3"],
    ["a version inside another inline table", '[package]\nversion = "1.2.3"\ndep = { version = "9" }', "1.2.3"],
    [
      "an array of tables",
      '[[project]]\nversion = "9"\n[package]\nversion = "1.2.3"\n[[package.bin]]\nversion = "8"',
      "1.2.3",
    ],
    [
      "a list over several lines",
      '[project]\nclassifiers = [\n  "a", # b\n  "version = 9",\n]\nversion = "1.2.3"',
      "1.2.3",
    ],
    ["a table of its own below", '[project]\nversion = "1.2.3"\n[project.version-of]\nversion = "9"', "1.2.3"],
    ["CRLF", swapped.replaceAll("\n", "\r\n"), "1.2.3"],
    ["a byte order mark", `\uFEFF${swapped}`, "1.2.3"],
    ["a number of another format", 'version = 4\nbig = 9223372036854775807\n[package]\nversion = "1.2.3"', "1.2.3"],
    ["the same twice", '[project]\nversion = "1.2.3"\n[tool.poetry]\nversion = "1.2.3"', "1.2.3"],
  ])("reads TOML with %s", (_, content, text) => {
    expect(parseVersionFile(content, { format: "toml" }).text).toBe(text);
  });

  it.each<[string, string]>([
    ["no TOML", "[project]\nversion = 1.2.3"],
    ["a table that does not end", '[project\nversion = "1.2.3"'],
    ["a text that does not end", '[project]\nversion = "1.2.3'],
    ["a key twice", '[project]\nversion = "1.2.3"\nversion = "1.2.3"'],
    ["a table twice", '[project]\nversion = "1.2.3"\n[project]\nname = "x"'],
    ["JSON", '{ "version": "1.2.3" }'],
    ["a mistake after the version", '[project]\nversion = "1.2.3"\n[tool.x]\n= 1'],
    ["lists within each other without end", `[project]\nversion = "1.2.3"\nx = ${"[".repeat(100_000)}`],
    ["a version that is a number", "[project]\nversion = 3.10"],
    ["a version that is a date", "[project]\nversion = 2026-11-21"],
    ["a version from elsewhere", "[package]\nversion.workspace = true"],
    ["a version that is a list", '[project]\nversion = ["1.2.3"]'],
    ["a list of projects", '[[project]]\nversion = "1.2.3"'],
    ["a version of several lines", '[project]\nversion = """1.2.3\n1.2.4"""'],
    ["no version but that of a text", 'note = """\nversion = "1.2.3"\n"""'],
    ["two in two ways", 'project.version = "1"\npackage = { version = "2" }'],
  ])("refuses TOML with %s", (_, content) => {
    expect(codeOf(() => parseVersionFile(content, { format: "toml" }))).toBe("INVALID_INPUT");
  });

  it("names line and column of what is not TOML, without quoting the file", () => {
    const content = '[tool.x]\npassword = "hunter2"\nversion = oops';
    let error: unknown;
    try {
      parseVersionFile(content, { format: "toml", name: "pyproject.toml" });
    } catch (thrown) {
      error = thrown;
    }
    expect(String(error)).toMatch(/pyproject\.toml.* line 3, column 11/);
    expect(JSON.stringify([String(error), error, (error as Error).cause])).not.toContain("hunter2");
  });

  it("keeps to the scheme that is given", () => {
    expect(parseVersionFile("17.3 LTS", { scheme: "lts" }).raw).toBe("17.3 LTS");
    expect(codeOf(() => parseVersionFile("1.0rc1", { scheme: "semver" }))).toBe("INVALID_INPUT");
  });
});

describe("parseVersionList", () => {
  it("keeps order and texts, without comments, blank lines and repetitions", () => {
    expect(parseVersionList("\uFEFF3.7\r\n\n 3.10 \n# old\n3.9 # kept\n3.7\n")).toEqual(["3.7", "3.10", "3.9"]);
    expect(parseVersionList("17.3 LTS\n", { scheme: "lts" })).toEqual(["17.3 LTS"]);
  });

  it.each(["", "# nothing\n", "3.7\npython\n", "3.7 3.8", "3.7,3.8", "latest", "3\n".repeat(10_001)])(
    "refuses %j",
    (text) => {
      expect(codeOf(() => parseVersionList(text))).toBe("INVALID_INPUT");
    },
  );
});

describe("versionsAgree", () => {
  it.each<[string, string, Parameters<typeof versionsAgree>[1], boolean]>([
    ["1.2.3", "v1.2.3", {}, true],
    ["v1.2.3\n", "refs/tags/v1.2.3", {}, true],
    ["1.2.3", "1.2.4", {}, false],
    ["1.2.3", "1.2.3-rc1", {}, false],
    ["", "", {}, false],
    ["1.2.3", "lib/v1.2.3", { tagPrefix: "lib/" }, true],
    ["1.2.3", "v1.2.3", { tagPrefix: "lib/" }, false],
    ["1.0rc1", "v1.0-rc.1", {}, false],
    ["1.0rc1", "v1.0-rc.1", { scheme: "pep440" }, true],
    ["1.2.3", "1.2.3-slim", { scheme: "docker" }, false],
    ["latest", "v1.0", { scheme: "pep440" }, false],
  ])("%j and %j with %j: %s", (file, tag, options, expected) => {
    expect(versionsAgree({ file, tag }, options)).toBe(expected);
    const code = codeOf(() => requireVersionAgreement({ file, tag }, options));
    expect(code).toBe(expected ? "nothing thrown" : "INVALID_INPUT");
  });
});

describe("versionOfCommit", () => {
  it.each([
    [["v1.0.0-rc.1", "v1.0.0", "refs/tags/v0.9.0"], "v1.0.0"],
    [["v1.0.0-rc.9", "v1.0.0-rc.10"], "v1.0.0-rc.10"],
    [["v2.0.0-rc.1", "v1.0.0"], "v1.0.0"],
    [["nightly"], undefined],
    [[], undefined],
  ])("of %j is %s", (tags, expected) => {
    expect(versionOfCommit(tags)?.raw).toBe(expected);
  });

  it("refuses two names of one version", () => {
    expect(codeOf(() => versionOfCommit(["v1.0.0", "1.0.0"]))).toBe("INVALID_INPUT");
    expect(versionOfCommit(["v1.0.0", "1.0.0", "1.0.1"])?.raw).toBe("1.0.1");
  });
});
