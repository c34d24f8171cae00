import { describe, expect, it } from "vitest";
import { parseMetadataList } from "./metadata-list.ts";
import { parseMetadataFlavor } from "./parse-metadata-flavor.ts";
import { parseMetadataInputs } from "./parse-metadata-inputs.ts";
import { parseMetadataTag, parseMetadataTags } from "./parse-metadata-tag.ts";

describe("parseMetadataList", () => {
  it.each([
    ["lines, commas kept", "a,b\nc", ["a,b", "c"]],
    ["blank lines and blanks", "\n  a  \n\n   \n b\n", ["a", "b"]],
    ["comments in the first column only", "# x\na#b\n  # c\nd # e\n#f", ["a#b", "# c", "d # e"]],
    ["quotes around fields are gone", 'type=match,"pattern=a{1,2}"', ["type=match,pattern=a{1,2}"]],
    ["doubled quotes stay", '"type=match,""pattern=a{1,2}"""', ['type=match,"pattern=a{1,2}"']],
    ["quotes inside stay", 'k=a "b" c', ['k=a "b" c']],
    ["a quoted line break", '"k=a\nb"', ["k=a\nb"]],
    ["Windows line ends", "a\r\nb\r\n", ["a", "b"]],
    ["nothing", " \n ", []],
  ])("%s", (_name, text, entries) => {
    expect(parseMetadataList(text)).toEqual(entries);
  });

  it("refuses more than it would ever be", () => {
    const refusal = expect.objectContaining({ code: "INVALID_INPUT" });
    expect(() => parseMetadataList("x".repeat(2_000_000))).toThrow(refusal);
    expect(() => parseMetadataList("x\n".repeat(10_001))).toThrow(refusal);
  });
});

describe("parseMetadataInputs", () => {
  it("reads the texts of a step and fills in the defaults", () => {
    const parsed = parseMetadataInputs({ Images: "a\nb", "sep-tags": " ", "bake-target": " t " });
    expect(parsed).toMatchObject({ images: ["a", "b"], tags: [], sepTags: " ", sepLabels: "\n", bakeTarget: "t" });
    expect(parseMetadataInputs({})).toMatchObject({ context: "workflow", bakeTarget: "docker-metadata-action" });
  });

  it.each([
    ['type=match,"pattern=a{1,2}"', 1],
    ["\"type=raw,value={{date 'dddd, MMMM'}}\"", 1],
    ['"type=match,""pattern=a{1,2}"""', 0],
    ['"type=raw,value=x"', 0],
    ["type=raw,value=x", 0],
  ])("tells whether a comma lost its quotes: %s", (tags, count) => {
    const { diagnostics } = parseMetadataInputs({ tags });
    expect(diagnostics.map(({ code }) => code)).toEqual(Array(count).fill("quotes-consumed"));
  });
});

describe("parseMetadataTag", () => {
  it("keeps attributes in lower case, the last of a name, and what it does not know", () => {
    expect(parseMetadataTag("Type=raw,VALUE=a,value=b,typo=1,__proto__=x").attrs).toEqual({
      value: "b",
      typo: "1",
      enable: "true",
      priority: "200",
    });
  });

  it("sorts by priority and keeps the order of equal and of meaningless ones", () => {
    const rules = parseMetadataTags(["a,priority=1.5", "b,priority=-1", "c", "type=sha", "d,priority=1e3"]);
    expect(rules.map(({ attrs, type }) => attrs["value"] ?? type)).toEqual(["d", "c", "sha", "a", "b"]);
  });

  it.each(["", "type=match,pattern=x,group=y", "type=ref,event=PR", 'a"b'])("refuses %j", (entry) => {
    expect(() => parseMetadataTag(entry)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });
});

describe("parseMetadataFlavor", () => {
  it("binds onlatest to what stands before it in the entry, and lets the last value win", () => {
    expect(parseMetadataFlavor(["LATEST=true", "prefix=a=b,onlatest=true,suffix=c", "suffix=d,onlatest=true"])).toEqual(
      {
        latest: "true",
        prefix: "a",
        prefixLatest: true,
        suffix: "d",
        suffixLatest: true,
      },
    );
  });
});
