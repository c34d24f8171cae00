import fc from "fast-check";
import { expect, it } from "vitest";
import { readIndexEntries, writeIndex } from "./index-entries.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const entry = { text: '{"digest":"sha256:new"}', digest: "sha256:new" };

it("adds an entry and leaves everything else as it stands there", () => {
  const text = `{ "schemaVersion" : 2.0, "x\\u0041" : 12345678901234567890,\n "manifests": [ {"digest":"sha256:one", "size": 1e400, "m,[{": "\\"]}"} , 7, null ] , "__proto__": {"manifests": [1]} }`;
  const index = readIndexEntries(bytesOf(text));
  expect(index?.entries.map(({ digest }) => digest)).toEqual(["sha256:one", undefined, undefined]);
  expect(textOf(index?.with([...index.entries, entry]))).toBe(
    `{ "schemaVersion" : 2.0, "x\\u0041" : 12345678901234567890,\n "manifests": [{"digest":"sha256:one", "size": 1e400, "m,[{": "\\"]}"},7,null,{"digest":"sha256:new"}] , "__proto__": {"manifests": [1]} }`,
  );
});

it("finds the list under its name written in escapes, and takes entries out of it", () => {
  const index = readIndexEntries(bytesOf('{"a":"manifests","\\u006danifests":[1,{"digest":"d"},2],"b":[]}'));
  expect(textOf(index?.with(index.entries.filter(({ digest }) => digest !== "d")))).toBe(
    '{"a":"manifests","\\u006danifests":[1,2],"b":[]}',
  );
  expect(textOf(index?.with([]))).toBe('{"a":"manifests","\\u006danifests":[],"b":[]}');
});

it.each([
  "",
  "[]",
  "7",
  "{",
  '{"manifests":{}}',
  '{"layers":[]}',
  '{"manifests":[],"manifests":[]}',
  '{"manifests":[],"config":{}}',
  '{"manifests":[],"layers":[]}',
  '\ufeff{"manifests":[]}',
])("does not take %j for an index", (text) => {
  expect(readIndexEntries(bytesOf(text))).toBeUndefined();
});

it("does not take what is no UTF-8 for an index", () => {
  expect(readIndexEntries(new Uint8Array([...bytesOf('{"manifests":["'), 0xff, ...bytesOf('"]}')]))).toBeUndefined();
});

it("writes indexes that it reads", () => {
  const index = readIndexEntries(writeIndex("x/y", [entry, entry]));
  expect(index?.entries).toEqual([entry, entry]);
});

it("means the same as a change of the parsed document, for any document", () => {
  const document = fc
    .record({ before: fc.jsonValue(), manifests: fc.array(fc.jsonValue()), after: fc.jsonValue() })
    .chain((value) => fc.constantFrom(undefined, 1, "\t").map((indent) => [value, indent] as const));
  fc.assert(
    fc.property(document, fc.nat(), ([value, indent], at) => {
      const index = readIndexEntries(bytesOf(JSON.stringify(value, null, indent)));
      const kept = value.manifests.filter((_, place) => place !== at % 5);
      const written = index?.with([...index.entries.filter((_, place) => place !== at % 5), entry]);
      const expected = { ...value, manifests: [...kept, { digest: "sha256:new" }] };
      expect(JSON.parse(textOf(written))).toEqual(JSON.parse(JSON.stringify(expected)));
    }),
  );
});
