import { describe, expect, it } from "vitest";
import { minimal, pathsOf, withMembers } from "../testing/definitions.ts";
import { parseDefinition } from "./parse-definition.ts";

const source = { source: "s", scheme: "cpython-tag" };
const idsOf = (version: object) => parseDefinition(withMembers({ version })).legs.map((leg) => leg.id);

describe("a matrix of versions", () => {
  it("is one leg per combination, in the order of the document", () => {
    const matrix = { line: ["3.13", "3.14"], variant: ["", "t"], exclude: [{ line: "3.13", variant: "t" }] };
    expect(idsOf({ ...source, matrix })).toEqual(["3.13", "3.14", "3.14t"]);
    expect(
      idsOf([
        { ...source, line: "3.12" },
        { ...source, matrix: { line: ["3.15"] }, variant: "t" },
      ]),
    ).toEqual(["3.12", "3.15t"]);
  });

  it("is the same as writing the legs out", () => {
    const legs = ["", "t"].map((variant) => ({ ...source, line: "3.14", variant, minimumAgeDays: 3, images: ["a"] }));
    const { variant: _, ...common } = legs[0] ?? {};
    const matrix = { ...common, matrix: { variant: ["", "t"] } };
    expect(parseDefinition(withMembers({ version: matrix })).legs).toEqual(
      parseDefinition(withMembers({ version: legs })).legs,
    );
  });

  it.each<[string, object, readonly string[]]>([
    ["an unknown axis", { lines: ["3.14"] }, ["version.matrix.lines"]],
    ["a broken line", { line: ["3.x"] }, ["version.matrix.line[0]"]],
    ["an exclude without its axis", { line: ["3.14"], exclude: [{ variant: "t" }] }, ["version.matrix.exclude[0]"]],
    ["nothing left", { line: ["3.14"], exclude: [{ line: "3.14" }] }, ["version.matrix"]],
    ["no axis", {}, ["version.matrix"]],
    ["variants in two places", { variant: ["t"] }, ["version.matrix.variant"]],
  ])("is refused with %s", (_, matrix, paths) => {
    const variant = "variant" in matrix ? { variant: "t" } : {};
    expect(pathsOf({ ...minimal, version: { ...source, ...variant, matrix } })).toEqual(paths);
  });
});
