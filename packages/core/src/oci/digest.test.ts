import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { digestOf, isDigest, matchesDigest, parseDigest } from "./digest.ts";
import * as noble from "./sha256-noble.ts";
import * as node from "./sha256-node.ts";

const hex = (length: number, digit = "a") => digit.repeat(length);

describe("parseDigest", () => {
  it.each([`sha256:${hex(64)}`, `sha512:${hex(128, "0")}`])("accepts %s", (text) => {
    expect(parseDigest(text)).toBe(text);
    expect(isDigest(text)).toBe(true);
  });

  it.each([
    "",
    "sha256",
    "sha256:",
    hex(64),
    `sha256:${hex(63)}`,
    `sha256:${hex(65)}`,
    `sha256:${hex(64, "A")}`,
    `sha256:${hex(64, "g")}`,
    `sha512:${hex(64)}`,
    `sha1:${hex(40)}`,
    `SHA256:${hex(64)}`,
    `sha256:${hex(64)}\n`,
    ` sha256:${hex(64)}`,
    `sha256:sha256:${hex(64)}`,
  ])("refuses %j", (text) => {
    expect(codeOf(() => parseDigest(text))).toBe("INVALID_DIGEST");
    expect(isDigest(text)).toBe(false);
  });
});

describe("digestOf", () => {
  it("is SHA-256 unless told otherwise", () => {
    // FIPS 180-2, appendix B.1 and C.1.
    const abc = new TextEncoder().encode("abc");
    expect(digestOf(abc)).toBe("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(digestOf(abc, "sha512")).toMatch(/^sha512:ddaf35a193617abacc417349ae204131/);
  });

  it("gives digests that parse and match only their own bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom("sha256", "sha512"), (bytes, algorithm) => {
        const digest = digestOf(bytes, algorithm as "sha256" | "sha512");
        expect(parseDigest(digest)).toBe(digest);
        expect(matchesDigest(bytes, digest)).toBe(true);
        expect(matchesDigest(new Uint8Array([...bytes, 1]), digest)).toBe(false);
      }),
    );
  });

  it("is the same where there is no Node", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(noble.sha256Hex(bytes)).toBe(node.sha256Hex(bytes));
        expect(noble.sha512Hex(bytes)).toBe(node.sha512Hex(bytes));
      }),
    );
  });
});
