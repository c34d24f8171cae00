import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import {
  digestReference,
  formatReference,
  formatRepository,
  parseReference,
  parseRepository,
  type Reference,
  referenceTarget,
  tagReference,
} from "./reference.ts";

const sha256 = `sha256:${"0123456789abcdef".repeat(4)}`;
const sha512 = `sha512:${"0123456789abcdef".repeat(8)}`;

describe("parseReference", () => {
  it.each([
    ["python", "docker.io/library/python:latest"],
    ["python:3.14", "docker.io/library/python:3.14"],
    ["docker.io/python", "docker.io/library/python:latest"],
    ["index.docker.io/python", "docker.io/library/python:latest"],
    ["registry-1.docker.io/o/a", "docker.io/o/a:latest"],
    ["Docker.IO/o/a", "docker.io/o/a:latest"],
    ["o/a:1", "docker.io/o/a:1"],
    ["ghcr.io/o/a", "ghcr.io/o/a:latest"],
    ["GHCR.io/o/a", "ghcr.io/o/a:latest"],
    ["localhost/a", "localhost/a:latest"],
    ["LOCALHOST/a", "localhost/a:latest"],
    ["localhost:5000/a:b", "localhost:5000/a:b"],
    ["localhost:5000", "docker.io/library/localhost:5000"],
    ["127.0.0.1:65535/a/b/c", "127.0.0.1:65535/a/b/c:latest"],
    ["[::1]:5000/a:1", "[::1]:5000/a:1"],
    ["[2001:DB8::1]/a", "[2001:db8::1]/a:latest"],
    [`ghcr.io/o/a@${sha256}`, `ghcr.io/o/a@${sha256}`],
    [`ghcr.io/o/a@${sha512}`, `ghcr.io/o/a@${sha512}`],
    [`ghcr.io/o/a:1@${sha256}`, `ghcr.io/o/a:1@${sha256}`],
    ["ghcr.io/o/a__b/c---d.e_f:T", "ghcr.io/o/a__b/c---d.e_f:T"],
    [`ghcr.io/${"a".repeat(255)}`, `ghcr.io/${"a".repeat(255)}:latest`],
  ])("reads %s as %s", (text, formatted) => {
    expect(formatReference(parseReference(text))).toBe(formatted);
  });

  it.each([
    ["", "INVALID_REFERENCE"],
    [":tag", "INVALID_REFERENCE"],
    ["/a", "INVALID_REFERENCE"],
    ["ghcr.io/", "INVALID_REFERENCE"],
    ["ghcr.io//a", "INVALID_REFERENCE"],
    ["ghcr.io/a/", "INVALID_REFERENCE"],
    ["ghcr.io/O/a", "INVALID_REFERENCE"],
    ["Python", "INVALID_REFERENCE"],
    // Lower-cased it would mean another registry: Docker Hub.
    ["Foo/bar", "INVALID_REFERENCE"],
    ["ghcr.io/a_-b", "INVALID_REFERENCE"],
    ["ghcr.io/a___b", "INVALID_REFERENCE"],
    ["ghcr.io/-a", "INVALID_REFERENCE"],
    ["ghcr.io/o/a:", "INVALID_REFERENCE"],
    ["ghcr.io/o/a:a/b:", "INVALID_REFERENCE"],
    ["ghcr.io/o/a:-1", "INVALID_REFERENCE"],
    ["ghcr.io:65536/a", "INVALID_REFERENCE"],
    ["ghcr.io:/a", "INVALID_REFERENCE"],
    ["gh_cr.io/a", "INVALID_REFERENCE"],
    ["https://ghcr.io/o/a", "INVALID_REFERENCE"],
    ["user:pass@ghcr.io/o/a", "INVALID_DIGEST"],
    ["ghcr.io/o/a ", "INVALID_REFERENCE"],
    [`ghcr.io/${"a".repeat(256)}`, "INVALID_REFERENCE"],
    [`ghcr.io/o/a:${"t".repeat(129)}`, "INVALID_REFERENCE"],
    ["ghcr.io/o/a@", "INVALID_DIGEST"],
    ["ghcr.io/o/a@sha256:abc", "INVALID_DIGEST"],
    [`ghcr.io/o/a@${sha256.toUpperCase()}`, "INVALID_DIGEST"],
    [`ghcr.io/o/a@${sha256}@${sha256}`, "INVALID_DIGEST"],
  ])("refuses %j", (text, code) => {
    expect(codeOf(() => parseReference(text))).toBe(code);
  });

  it("keeps the tag beside a digest without letting it decide", () => {
    const reference = parseReference(`ghcr.io/o/a:1@${sha256}`);
    expect(reference).toMatchObject({ kind: "digest", digest: sha256, tag: "1" });
    expect(referenceTarget(reference)).toBe(sha256);
    expect(referenceTarget(parseReference("ghcr.io/o/a:1"))).toBe("1");
  });

  it("reads back what formatReference writes", () => {
    const component = fc.stringMatching(/^[a-z0-9]{1,4}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}$/);
    const registry = fc.constantFrom(
      "docker.io",
      "ghcr.io",
      "localhost",
      "localhost:5000",
      "[::1]:5000",
      "h:1",
      "a.b.c",
    );
    const name = fc.record({
      registry,
      repository: fc.array(component, { minLength: 2, maxLength: 4 }).map((parts) => parts.join("/")),
    });
    const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/);
    const reference: fc.Arbitrary<Reference> = fc.oneof(
      fc.tuple(name, tag).map(([of, text]) => tagReference(of, text)),
      fc.tuple(name, fc.constantFrom(sha256, sha512)).map(([of, digest]) => digestReference(of, digest as never)),
    );
    fc.assert(
      fc.property(reference, (given) => {
        expect(parseReference(formatReference(given))).toEqual(given);
      }),
    );
  });

  it("means the same after writing and reading, or refuses, for any text", () => {
    const text = fc
      .array(
        fc.constantFrom("a", "A", "foo", "ghcr.io", "localhost", ":", "/", "@", ".", "-", "_", "5000", "[::1]", sha256),
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (given) => {
        if (codeOf(() => parseReference(given)) !== "nothing thrown") return;
        const reference = parseReference(given);
        expect(parseReference(formatReference(reference))).toEqual(reference);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("parseRepository", () => {
  it("reads a repository without tag or digest", () => {
    expect(parseRepository("ghcr.io/o/a")).toEqual({ registry: "ghcr.io", repository: "o/a" });
    expect(formatRepository(parseRepository("python"))).toBe("docker.io/library/python");
  });

  it.each(["ghcr.io/o/a:1", `ghcr.io/o/a@${sha256}`, ""])("refuses %j", (text) => {
    expect(codeOf(() => parseRepository(text))).toBe("INVALID_REFERENCE");
  });
});
