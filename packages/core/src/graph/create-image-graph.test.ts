import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseReference } from "../oci/reference.ts";
import { codeOf } from "../testing/code-of.ts";
import { createImageGraph, type GraphInput } from "./create-image-graph.ts";

/** Images in this order, each with the images it is built on. */
function graphOf(bases: Readonly<Record<string, readonly string[]>>) {
  return createImageGraph(inputOf(Object.entries(bases)));
}
function inputOf(entries: readonly (readonly [string, readonly string[]])[]): GraphInput {
  return {
    images: entries.map(([name, bases]) => ({ name, bases: bases.map((image) => ({ kind: "image", image })) })),
  };
}

describe("createImageGraph", () => {
  it("orders by need, then by declaration", () => {
    const graph = graphOf({ numpy: ["cpython"], other: [], cpython: ["os"], scipy: ["numpy", "cpython"], os: [] });
    expect(graph.waves).toEqual([["other", "os"], ["cpython"], ["numpy"], ["scipy"]]);
    expect(graph.order).toEqual(["other", "os", "cpython", "numpy", "scipy"]);
    expect(graph.basesOf("scipy")).toEqual(["numpy", "cpython"]);
    expect(graph.ancestorsOf("scipy")).toEqual(["os", "cpython", "numpy"]);
    expect(graph.descendantsOf("os")).toEqual(["cpython", "numpy", "scipy"]);
  });

  it("keeps the declared order within a wave, whichever base was placed first", () => {
    expect(graphOf({ a: ["z"], b: ["y"], y: [], z: [] }).waves).toEqual([
      ["y", "z"],
      ["a", "b"],
    ]);
  });

  it("knows nothing of names that are not in it", () => {
    const graph = graphOf({ a: [] });
    expect([graph.basesOf("x"), graph.ancestorsOf("x"), graph.descendantsOf("constructor")]).toEqual([[], [], []]);
  });

  it("leaves external bases out and counts a base named twice once", () => {
    const graph = createImageGraph({
      images: [
        { name: "a", bases: [{ kind: "external", reference: parseReference("python:3") }] },
        {
          name: "b",
          bases: [
            { kind: "image", image: "a" },
            { kind: "image", image: "a" },
          ],
        },
      ],
    });
    expect([graph.basesOf("a"), graph.basesOf("b"), graph.waves]).toEqual([[], ["a"], [["a"], ["b"]]]);
  });

  it("is empty for no images", () => {
    expect(graphOf({}).order).toEqual([]);
  });

  it.each<[Readonly<Record<string, readonly string[]>>, string]>([
    [{ a: ["a"] }, "CYCLE"],
    [{ a: ["b"], b: ["c"], c: ["a"] }, "CYCLE"],
    [{ a: [], b: ["a", "c"], c: ["b"] }, "CYCLE"],
    [{ a: ["x"] }, "UNKNOWN_BASE"],
    [{ a: ["constructor"] }, "UNKNOWN_BASE"],
  ])("refuses %j", (bases, code) => {
    expect(codeOf(() => graphOf(bases))).toBe(code);
  });

  const dag = fc
    .array(fc.array(fc.nat(30), { maxLength: 4 }), { maxLength: 25 })
    .map((rows) =>
      rows.map((row, index): [string, string[]] => [
        `i${index}`,
        row.filter((base) => base < index).map((base) => `i${base}`),
      ]),
    )
    .chain((entries) => fc.shuffledSubarray(entries, { minLength: entries.length }));

  it("puts every image after all its bases, once", () => {
    fc.assert(
      fc.property(dag, (entries) => {
        const graph = createImageGraph(inputOf(entries));
        expect([...graph.order].sort()).toEqual(entries.map(([name]) => name).sort());
        const place = new Map(graph.order.map((name, index) => [name, index]));
        const wave = new Map(graph.waves.flatMap((names, index) => names.map((name) => [name, index] as const)));
        for (const [name, bases] of entries) {
          for (const base of bases) expect(place.get(base)).toBeLessThan(place.get(name) ?? -1);
          // As early as its bases allow.
          const earliest = Math.max(0, ...bases.map((base) => (wave.get(base) ?? 0) + 1));
          expect(wave.get(name)).toBe(earliest);
        }
        const declared = new Map(entries.map(([name], index) => [name, index]));
        for (const names of graph.waves) {
          const indexes = names.map((name) => declared.get(name) ?? -1);
          expect(indexes).toEqual([...indexes].sort((left, right) => left - right));
        }
      }),
    );
  });

  it("agrees on ancestors and descendants", () => {
    fc.assert(
      fc.property(dag, (entries) => {
        const graph = createImageGraph(inputOf(entries));
        for (const name of graph.order) {
          const bases = graph.basesOf(name);
          const expected = new Set([...bases, ...bases.flatMap((base) => graph.ancestorsOf(base))]);
          expect(new Set(graph.ancestorsOf(name))).toEqual(expected);
          for (const ancestor of expected) expect(graph.descendantsOf(ancestor)).toContain(name);
        }
      }),
    );
  });

  it("takes a chain of 10 000 images, declared from the last, without overflow", () => {
    const entries = Array.from({ length: 10_000 }, (_, index): [string, string[]] => [
      `i${index}`,
      index === 9999 ? [] : [`i${index + 1}`],
    ]);
    const graph = createImageGraph(inputOf(entries));
    expect(graph.waves).toHaveLength(10_000);
    expect(graph.ancestorsOf("i0")).toHaveLength(9999);
    const cyclic = entries.with(9999, ["i9999", ["i0"]]);
    expect(codeOf(() => createImageGraph(inputOf(cyclic)))).toBe("CYCLE");
  });
});
