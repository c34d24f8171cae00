import { describe, expect, it } from "vitest";
import { pathsOf, problemsOf, withMembers } from "../testing/definitions.ts";
import { parseDefinition } from "./parse-definition.ts";

const images = (a: object, b: object = {}) => ({ a: { workflow: "a.yml", ...a }, b: { workflow: "b.yml", ...b } });
const parsed = (members: object) => parseDefinition(withMembers(members)).images;

describe("copies", () => {
  it("are the family's unless the image says otherwise, each with the canonical host", () => {
    const copies = ["quay.io/acme/{image}", "index.docker.io/acme/{image}"];
    const [a, b] = parsed({ copies, images: images({}, { copies: [] }) });
    expect(a?.copies).toEqual([
      { registry: "quay.io", repository: "acme/a" },
      { registry: "docker.io", repository: "acme/a" },
    ]);
    expect(b?.copies).toBeUndefined();
    expect(parsed({ images: images({ copies: ["a/b"] }) })[0]?.copies).toEqual([
      { registry: "docker.io", repository: "a/b" },
    ]);
  });

  it.each<[string, object, readonly string[]]>([
    ["no repository", { copies: ["quay.io/Acme"] }, ["copies[0]"]],
    ["no repository of one image", { images: images({ copies: ["x y"] }) }, ["images.a.copies[0]"]],
    ["a repository of two images", { copies: ["quay.io/acme/all"], images: images({}) }, ["images.b"]],
    ["where it is built", { copies: ["ghcr.io/o/{image}"] }, ["images.a"]],
    ["where another image is built", { images: images({ copies: ["ghcr.io/o/b"] }) }, ["images.b"]],
    ["one repository twice", { copies: ["docker.io/o/{image}", "index.docker.io/o/{image}"] }, ["images.a"]],
  ])("%s is refused", (_, members, paths) => {
    expect(pathsOf(withMembers(members))).toEqual(paths);
  });
});

describe("tests", () => {
  it("are the family's unless the image says otherwise", () => {
    const test = { workflow: "t.yml", inputs: { image: "{tested}" }, timeoutSeconds: 5 };
    const [a, b] = parsed({
      test: "all.yml",
      buildTimeoutSeconds: 60,
      images: images({ gitRepository: "o/r" }, { test }),
    });
    expect(a?.test).toEqual({
      workflow: "all.yml",
      gitRepository: "o/r",
      inputs: { version: "{version}", tested: "{tested}" },
      timeoutMs: 60_000,
    });
    expect(b?.test).toEqual({ workflow: "t.yml", inputs: { image: "{tested}" }, timeoutMs: 5000 });
    expect(parsed({ test: "all.yml", images: images({ test: false }) })[0]?.test).toBeUndefined();
    expect(parsed({})[0]?.test).toBeUndefined();
  });

  it.each<[string, object, readonly string[]]>([
    ["nothing that is tested", { test: { workflow: "t.yml", inputs: { a: "{version}" } } }, ["test.inputs"]],
    ["braces that mean nothing", { test: { workflow: "t.yml", inputs: { a: "{tested} {base}" } } }, ["test.inputs.a"]],
    ["an image's own", { images: images({ test: { workflow: "t.yml", inputs: {} } }) }, ["images.a.test.inputs"]],
    ["no workflow file", { test: "t" }, ["test"]],
    ["a family that says false", { test: false }, ["test"]],
    ["an unknown key", { test: { workflow: "t.yml", timeoutSecond: 1 } }, ["test.timeoutSecond"]],
    ["a companion with the name", { companions: { tested: "1" } }, ["companions.tested"]],
  ])("%s is refused", (_, members, paths) => {
    expect(pathsOf(withMembers({ images: images({}), ...members }))).toEqual(paths);
  });

  it("name the key that was meant", () => {
    const [problem] = problemsOf(withMembers({ test: { workflow: "t.yml", timeoutSecond: 1 } }));
    expect(problem?.expected).toContain("timeoutSeconds");
  });
});

describe("release groups", () => {
  it("are gated unless they say otherwise", () => {
    const [a, b] = parsed({ release: "g", images: images({}, { release: { group: "h", onFailure: "fail-fast" } }) });
    expect([a?.release, b?.release]).toEqual([
      { group: "g", onFailure: "gate" },
      { group: "h", onFailure: "fail-fast" },
    ]);
  });

  it.each(["hold", "continue", "failfast", 1])(
    "of another policy (%j) are refused with those there are",
    (onFailure) => {
      const [problem] = problemsOf(withMembers({ release: { group: "g", onFailure } }));
      expect(problem?.path).toBe("release.onFailure");
      for (const policy of ["independent", "fail-fast", "gate"]) expect(problem?.expected).toContain(policy);
    },
  );

  it("suggest the policy that was meant", () => {
    const [problem] = problemsOf(withMembers({ release: { group: "g", onFailure: "fail-fats" } }));
    expect(problem?.expected).toContain('did you mean "fail-fast"?');
  });
});
