// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a Dockerfile, not of a template
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createImageGraph } from "../../graph/create-image-graph.ts";
import { codeOf } from "../../testing/code-of.ts";
import { graphDockerfiles } from "./graph-dockerfiles.ts";
import { type ReadDockerfileOptions, readDockerfile } from "./read-dockerfile.ts";

const imagesOf = (text: string, options?: ReadDockerfileOptions) =>
  readDockerfile(text, options).references.map(({ image }) => image);
const refused = (text: string, options?: ReadDockerfileOptions) => codeOf(() => readDockerfile(text, options));

describe("references", () => {
  it.each([
    ["FROM debian", ["debian:latest"]],
    ["FROM debian:13-slim", ["debian:13-slim"]],
    ["FROM localhost:5000/team/app", ["localhost:5000/team/app:latest"]],
    ["FROM localhost:5000/team/app:2", ["localhost:5000/team/app:2"]],
    [`FROM debian@sha256:${"a".repeat(64)}`, [`debian@sha256:${"a".repeat(64)}`]],
    ["FROM --platform=linux/arm64 debian:13", ["debian:13"]],
    ["FROM scratch", ["scratch"]],
    ['FROM "debian:13"', ["debian:13"]],
    ["\uFEFFfrom debian:13\r\nRUN true\r\n", ["debian:13"]],
  ])("%s", (text, images) => {
    expect(imagesOf(text)).toEqual(images);
  });

  it("takes copies and mounts in order, with quotes and other flags, and leaves other flags alone", () => {
    const text = [
      "FROM debian:13 AS build",
      'COPY --chown=1:1 --from="tools:1" --link /a /b',
      "RUN --network=none --mount=type=cache,target=/c --mount=type=bind,from=sdk:2,target=/s --mount=FROM=build2:3,target=/t make --from=nothing:1",
      "RUN --mount=type=tmpfs,from=ignored:1,target=/tmp true",
      "ADD --from=ignored:2 a b",
      "ONBUILD COPY --from=ignored:3 a b",
      "COPY a --from=ignored:4",
    ].join("\n");
    expect(imagesOf(text)).toEqual(["debian:13", "tools:1", "sdk:2", "build2:3"]);
  });

  it("knows external images once and without scratch, and what the last stage is based on", () => {
    const { externalImages, finalImage } = readDockerfile(
      "FROM golang:1.25 AS build\nFROM scratch\nCOPY --from=build /x /x\nCOPY --from=golang:1.25 /y /y",
    );
    expect(externalImages).toEqual(["golang:1.25"]);
    expect(finalImage).toBe("scratch");
  });
});

describe("stages", () => {
  it("are found by name in any case, through other stages, and by number", () => {
    const file = readDockerfile(
      "FROM debian:13 AS Base\nFROM BASE as mid\nFROM alpine:3\nCOPY --from=bAsE / /\nCOPY --from=1 / /\nRUN --mount=from=0 true",
    );
    expect(file.references.map(({ source }) => ("stage" in source ? source.stage : source.kind))).toEqual([
      ...["image", 0, "image"],
      ...[0, 1, 0],
    ]);
    expect(file.references.map(({ image }) => image)).toEqual([
      ...["debian:13", "debian:13", "alpine:3"],
      ...["debian:13", "debian:13", "debian:13"],
    ]);
    expect(file.stages.map(({ name }) => name)).toEqual(["base", "mid", undefined]);
  });

  it("may be called like an image, which they hide from then on", () => {
    const file = readDockerfile("FROM alpine AS alpine\nFROM alpine\nCOPY --from=alpine / /");
    expect(file.externalImages).toEqual(["alpine:latest"]);
    expect(file.stages[1]?.source).toEqual({ kind: "stage", stage: 0 });
  });

  it("that the target does not need are marked", () => {
    const text = "FROM a:1 AS a\nFROM b:1 AS b\nFROM c:1 AS c\nCOPY --from=a / /";
    const neededFor = (target?: string) =>
      readDockerfile(text, target === undefined ? {} : { target }).stages.map(({ isNeeded }) => isNeeded);
    expect(neededFor()).toEqual([true, false, true]);
    expect(neededFor("B")).toEqual([false, true, false]);
    expect(neededFor("0")).toEqual([true, false, false]);
    expect(readDockerfile(text, { target: "b" }).finalImage).toBe("b:1");
    expect(refused(text, { target: "d" })).toBe("INVALID_INPUT");
  });

  it.each([
    ["a later one", "FROM a:1\nCOPY --from=later / /\nFROM b:1 AS later"],
    ["itself", "FROM a:1 AS me\nCOPY --from=me / /"],
    ["its own number", "FROM a:1\nCOPY --from=0 / /"],
    ["a number that is none", "FROM a:1\nFROM b:1\nCOPY --from=7 / /"],
    ["a negative number", "FROM a:1\nFROM b:1\nCOPY --from=-1 / /"],
  ])("are not copied from %s", (_, text) => {
    expect(refused(text)).toBe("INVALID_INPUT");
  });

  it("with a platform hand it on, and an argument may name it", () => {
    const text =
      "FROM --platform=$BUILDPLATFORM a:1 AS x\nFROM x\nFROM --platform=linux/${TARGETARCH} b:1\nFROM c-${TARGETARCH}:1";
    const file = readDockerfile(text, { platform: "linux/arm64" });
    expect(file.stages.map(({ platform }) => platform)).toEqual([
      "linux/amd64",
      "linux/amd64",
      "linux/arm64",
      undefined,
    ]);
    expect(file.references.at(-1)?.image).toBe("c-arm64:1");
  });
});

describe("arguments", () => {
  it("have defaults that others win over, and see only those before them", () => {
    const text =
      'ARG TAG=3 NAME="al pine"\nARG FULL=img:${TAG}-x\nARG NONE\nFROM ${FULL}\nFROM a:${NONE:-none}\nFROM a:${TAG}';
    expect(imagesOf(text)).toEqual(["img:3-x", "a:none", "a:3"]);
    expect(imagesOf(text, { args: { TAG: "4", NONE: "n", OTHER: "o" } })).toEqual(["img:4-x", "a:n", "a:4"]);
  });

  it("that are declared inside a stage, or only given, are unknown to FROM", () => {
    expect(imagesOf("FROM a:1\nARG V=2\nFROM b:x${V}")).toEqual(["a:1", "b:x"]);
    expect(imagesOf("FROM b:x${V}", { args: { V: "2" } })).toEqual(["b:x"]);
  });

  it.each([
    ["${V-d}", "", ""],
    ["${V:-d}", "", "d"],
    ["${U-d}", "", "d"],
    ["${V:+s}", "", ""],
    ["${V+s}", "", "s"],
    ["${V:+s}", "1", "s"],
    ["${V#*.}", "3.20.1", "20.1"],
    ["${V##*.}", "3.20.1", "1"],
    ["${V%.*}", "3.20.1", "3.20"],
    ["${V%%.*}", "3.20.1", "3"],
    ["${V/./-}", "3.20.1", "3-20.1"],
    ["${V//./-}", "3.20.1", "3-20-1"],
    ["${V//2?/y}", "3.20.1", "3.y.1"],
    ["${V:-${W:-e}}", "", "e"],
    ["'$V'", "1", "$V"],
    ['"$V"', "1", "1"],
    ["\\$V", "1", "$V"],
  ])("%s with %j", (word, value, expanded) => {
    const text = `ARG V\nARG R=${word}\nFROM b:\${R:-none}`;
    const options = { args: { V: value } };
    // A dollar that stays is no part of a reference.
    if (expanded.includes("$")) expect(refused(text, options)).toBe("INVALID_INPUT");
    else expect(imagesOf(text, options)).toEqual([`b:${expanded === "" ? "none" : expanded}`]);
  });

  it.each([
    ["an empty base", "ARG V\nFROM ${V}"],
    ["an empty tag", "ARG V\nFROM a:${V}"],
    ["a value that must be there", "ARG V\nFROM a:${V:?tell me}"],
    ["an unclosed brace", "FROM a:${V"],
    ["an unknown modifier", "ARG V=1\nFROM a:${V^^}"],
    ["no name", "FROM a:${}"],
    ["a variable where BuildKit expands none", "ARG V=1\nFROM a:1\nCOPY --from=b:$V / /"],
    ["a variable in a mount", "ARG V=1\nFROM a:1\nRUN --mount=from=b:${V},target=/x true"],
    ["braces nested without end", `FROM ${"${a:-".repeat(10_000)}`],
  ])("refuse %s", (_, text) => {
    expect(refused(text)).toBe("INVALID_INPUT");
  });
});

describe("lines", () => {
  it("go on after the escape character, over comments and empty lines", () => {
    expect(imagesOf("FROM \\\n# comment\n\n  a:1 \\ \t\n  AS x\nFROM b:1")).toEqual(["a:1", "b:1"]);
  });

  it("do not go on after an escaped escape character", () => {
    expect(imagesOf("FROM a:1\nRUN echo \\\\\nFROM b:1")).toEqual(["a:1", "b:1"]);
  });

  it("use the escape of the directive, which stands first or not at all", () => {
    expect(imagesOf("# syntax=docker/dockerfile:1\n# Escape = `\nFROM `\n a:1\nRUN dir c:\\\nFROM b:1")).toEqual([
      "a:1",
      "b:1",
    ]);
    expect(imagesOf("# a comment\n# escape=`\nFROM a:1\nRUN x \\\nFROM b:1")).toEqual(["a:1"]);
    expect(refused("# escape=x\nFROM a:1")).toBe("INVALID_INPUT");
    expect(refused("# escape=`\n# escape=`\nFROM a:1")).toBe("INVALID_INPUT");
  });

  it.each([
    ["RUN <<EOF\nFROM no:1\nEOF", []],
    ["RUN <<-EOF\nFROM no:1\n\t\tEOF", []],
    ["RUN <<'E O'\nFROM no:1\nE O", []],
    ['COPY <<A <<"B" /x/\nFROM no:1\nA\nCOPY --from=no:2 a b\nB', []],
    ["RUN python3 <<PY > /x && cat 3<<Z\nFROM no:1\nPY\nFROM no:2\nZ", []],
    ["ONBUILD RUN <<EOF\nFROM no:1\nEOF", []],
    ['RUN echo "<<EOF"', []],
    ['RUN ["echo", "<<EOF"]', []],
    ["RUN --mount=from=yes:1,target=/x <<EOF\nFROM no:1\nEOF", ["yes:1"]],
    ["ENV A=<<EOF", []],
  ])("of a heredoc are no instructions: %j", (body, images) => {
    expect(imagesOf(`FROM a:1\n${body}\nFROM z:1`)).toEqual(["a:1", ...images, "z:1"]);
  });

  it("of a heredoc that never ends are refused", () => {
    expect(refused("FROM a:1\nRUN <<EOF\nFROM no:1\n EOF")).toBe("INVALID_INPUT");
  });
});

describe("what is refused", () => {
  it.each([
    ["RUN true\nFROM a:1"],
    ["FROM a:1 b"],
    ["FROM a:1 AS"],
    ["FROM a:1 AS 1x"],
    ["FROM a:1 AS x y"],
    ["FROM"],
    ["FROM A:1"],
    ["FROM --platform=nonsense a:1"],
    ["FROM --other=1 a:1"],
    ["FROM a:1\nCOPY --from / /"],
    ["FROM a:1\nCOPY --from=a:1 --from=b:1 / /"],
    ["FROM a:1\nONBUILD FROM b:1"],
    ["ARG\nFROM a:1"],
  ])("%j", (text) => {
    expect(refused(text)).toBe("INVALID_INPUT");
  });

  it("is a file of more than a million characters, but not one without any stage", () => {
    expect(refused(`#${" ".repeat(1_000_000)}`)).toBe("INVALID_INPUT");
    expect(readDockerfile("# nothing\n\n\\\n")).toEqual({ stages: [], references: [], externalImages: [] });
  });

  it("always with a code, whatever the text is", () => {
    const words = fc.constantFrom(
      "FROM",
      "ARG",
      "COPY",
      "RUN",
      "--from=",
      "a:1",
      "AS",
      "x",
      "$",
      "{",
      "}",
      "<<E",
      "\\",
      "\n",
      " ",
      '"',
      "'",
      "`",
      "#",
      "escape=",
      "ONBUILD",
      "--mount=",
      ",",
      "=",
      ":-",
      "/",
      "%",
      "*",
      "0",
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40 }), (parts) => {
        expect(["nothing thrown", "INVALID_INPUT"]).toContain(refused(parts.join("")));
      }),
      { numRuns: 300 },
    );
  });
});

describe("a graph of Dockerfiles", () => {
  it("has an edge where one names what another produces, whatever spelling", () => {
    const graph = createImageGraph(
      graphDockerfiles([
        { name: "app", dockerfile: readDockerfile("FROM tools AS t\nFROM docker.io/o/base:1\nCOPY --from=t / /") },
        { name: "tools", dockerfile: readDockerfile("FROM alpine:3"), references: ["library/tools"] },
        { name: "base", dockerfile: readDockerfile("FROM tools:latest"), references: ["o/base:1"] },
      ]),
    );
    expect(graph.order).toEqual(["tools", "base", "app"]);
    expect(graph.basesOf("app")).toEqual(["tools", "base"]);
    expect(graph.edges.filter(({ image }) => image === "app").map(({ base, stage }) => [base, stage])).toEqual([
      ["tools", "build"],
      ["base", "final"],
    ]);
  });

  it("does not count stages that are never built, and takes its own name for what is published", () => {
    const { images } = graphDockerfiles([
      { name: "a", dockerfile: readDockerfile("FROM b:1 AS unused\nFROM a:1"), references: ["a:1"] },
      { name: "b", dockerfile: readDockerfile("FROM scratch"), references: ["b:1"] },
    ]);
    expect(images.map(({ bases }) => bases.map(({ kind }) => kind))).toEqual([["external"], []]);
  });
});
