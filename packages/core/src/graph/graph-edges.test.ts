import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBayplanError, type Problem } from "../errors.ts";
import { parseReference } from "../oci/reference.ts";
import { codeOf } from "../testing/code-of.ts";
import { createImageGraph } from "./create-image-graph.ts";
import type { GraphBase, GraphImage } from "./graph-input.ts";

const named = (reference: string, more: Pick<GraphBase, "platforms" | "stage"> = {}): GraphBase => {
  return { kind: "reference", reference, ...more };
};
const graphOf = (...images: readonly GraphImage[]) => createImageGraph({ images });

function problemsOf(images: readonly GraphImage[]): readonly Problem[] {
  try {
    createImageGraph({ images });
  } catch (error) {
    if (isBayplanError(error)) return error.problems;
    throw error;
  }
  return [];
}

// One tag, a Linux and a Windows image behind it, and children for both.
const mixed: readonly GraphImage[] = [
  { name: "go-linux", platforms: ["linux/amd64", "linux/arm64"], references: ["go:1"], bases: [] },
  {
    name: "go-windows",
    platforms: ["windows/amd64"],
    references: ["go:1"],
    bases: [{ kind: "external", reference: parseReference("mcr.example/nano:1") }],
  },
  { name: "app-linux", platforms: ["linux/arm64"], bases: [named("go:1")] },
  { name: "app-windows", platforms: ["windows/amd64"], bases: [named("go:1"), named("tools:1")] },
  { name: "app-both", platforms: ["linux/amd64", "windows/amd64", "linux/s390x"], bases: [named("go:1")] },
];

describe("createImageGraph: references and platforms", () => {
  const graph = graphOf(...mixed);

  it("finds the base by reference and platform", () => {
    expect(graph.descendantsOf("go-linux")).toEqual(["app-linux", "app-both"]);
    expect(graph.descendantsOf("go-windows")).toEqual(["app-windows", "app-both"]);
    expect(graph.edges.filter((edge) => edge.image === "app-both")).toEqual([
      { image: "app-both", base: "go-linux", reference: "go:1", platforms: ["linux/amd64"], stage: "final" },
      { image: "app-both", base: "go-windows", reference: "go:1", platforms: ["windows/amd64"], stage: "final" },
      { image: "app-both", reference: "go:1", platforms: ["linux/s390x"], stage: "final" },
    ]);
  });

  it("narrows to a platform, upwards and downwards", () => {
    expect(graph.ancestorsOf("app-both", { platform: "windows/amd64" })).toEqual(["go-windows"]);
    expect(graph.descendantsOf("go-linux", { platform: "linux/arm64" })).toEqual(["app-linux"]);
    expect(graph.affectedBy(["go:1"], { platform: "linux/s390x" })).toEqual(["app-both"]);
    expect(graph.affectedBy(["go:1"], { platform: "linux/amd64" })).toEqual([]);
  });

  it("tells what an external base affects, by the reference its edges show", () => {
    expect(graph.affectedBy(["mcr.example/nano:1"])).toEqual(["go-windows", "app-windows", "app-both"]);
    expect(graph.affectedBy(["tools:1", "app-linux"])).toEqual(["app-windows"]);
    expect(graph.affectedBy(["nobody:1"])).toEqual([]);
  });

  it("tells build stages from the final one", () => {
    const staged = graphOf(
      { name: "tool", bases: [] },
      { name: "mid", bases: [{ kind: "image", image: "tool", stage: "build" }] },
      {
        name: "top",
        bases: [
          { kind: "image", image: "mid" },
          { kind: "reference", reference: "x:1", stage: "build" },
        ],
      },
    );
    expect(staged.order).toEqual(["tool", "mid", "top"]);
    expect([staged.descendantsOf("tool"), staged.descendantsOf("tool", { stage: "final" })]).toEqual([
      ["mid", "top"],
      [],
    ]);
    expect(staged.descendantsOf("mid", { stage: "final" })).toEqual(["top"]);
    expect([staged.affectedBy(["x:1"]), staged.affectedBy(["x:1"], { stage: "final" })]).toEqual([["top"], []]);
  });

  it("builds on everything that carries a shared reference", () => {
    const windows = (name: string): GraphImage => {
      return { name, platforms: ["windows/amd64"], sharedReferences: ["go:win"], bases: [] };
    };
    const shared = graphOf({ name: "app", bases: [named("go:win")] }, windows("2022"), windows("2025"));
    expect(shared.waves).toEqual([["2022", "2025"], ["app"]]);
  });
});

describe("createImageGraph: problems", () => {
  it.each<[string, readonly GraphImage[]]>([
    [
      "name",
      [
        { name: "a", bases: [] },
        { name: "a", bases: [] },
      ],
    ],
    [
      "reference on one platform",
      [
        { name: "a", platforms: ["linux/amd64", "linux/arm64"], references: ["x:1"], bases: [] },
        { name: "b", platforms: ["linux/arm64"], references: ["x:1"], bases: [] },
      ],
    ],
    [
      "reference that only one of them shares",
      [
        { name: "a", references: ["x:1"], bases: [] },
        { name: "b", sharedReferences: ["x:1"], bases: [] },
      ],
    ],
  ])("refuses a second owner of a %s", (_, images) => {
    expect(codeOf(() => createImageGraph({ images }))).toBe("INVALID_DEFINITION");
  });

  it("reports everything at once: names, unknown bases, every cycle with its path", () => {
    const on = (...bases: readonly string[]) => bases.map((image): GraphBase => ({ kind: "image", image }));
    const images = [
      { name: "a", bases: on("b", "nowhere") },
      { name: "b", bases: on("a") },
      { name: "self", bases: [named("self:1")], references: ["self:1"] },
      { name: "below", bases: on("a", "numpi") },
      { name: "numpy", bases: [] },
      { name: "numpy", bases: [] },
    ];
    expect(codeOf(() => createImageGraph({ images }))).toBe("INVALID_DEFINITION");
    expect(problemsOf(images).map(({ path, found }) => [path, found])).toEqual([
      ["images.numpy", 'a second image "numpy"'],
      ["images.a.base", '"nowhere"'],
      ["images.below.base", '"numpi"'],
      ["images.a.base", "a -> b -> a"],
      ["images.self.base", "self -> self"],
    ]);
    expect(problemsOf(images)[2]?.expected).toContain('"numpy"');
  });

  it("keeps its message small for a definition that is wrong throughout", () => {
    const images = Array.from({ length: 500 }, (_, index): GraphImage => {
      return { name: `image-${index}`, bases: [{ kind: "image", image: `other-${index}` }] };
    });
    const longest = Math.max(...problemsOf(images).map(({ expected }) => expected.length));
    expect([problemsOf(images).length, longest < 300]).toEqual([500, true]);
  });
});

describe("createImageGraph: priorities", () => {
  const diamond = graphOf(
    { name: "lone", bases: [] },
    { name: "base", bases: [] },
    { name: "left", bases: [{ kind: "image", image: "base" }] },
    { name: "right", bases: [{ kind: "image", image: "base" }] },
    {
      name: "end",
      bases: [
        { kind: "image", image: "right" },
        { kind: "image", image: "left" },
      ],
    },
  );

  it("counts the longest chain that waits", () => {
    expect(Object.fromEntries(diamond.priorities())).toEqual({ lone: 1, base: 3, left: 2, right: 2, end: 1 });
  });

  it("weighs images", () => {
    const minutes: Readonly<Record<string, number>> = { lone: 30, base: 1, left: 20, right: 2, end: 4 };
    const weighed = diamond.priorities((image) => minutes[image] ?? 0);
    expect(Object.fromEntries(weighed)).toEqual({ lone: 30, base: 25, left: 24, right: 6, end: 4 });
    expect(codeOf(() => diamond.priorities(() => Number.NaN))).toBe("INVALID_INPUT");
  });
});

describe("createImageGraph: against brute force", () => {
  const platforms = ["p", "q"] as const;
  const edge = fc.record({
    to: fc.nat(12),
    platforms: fc.subarray([...platforms], { minLength: 0 }),
    stage: fc.constantFrom("final" as const, "build" as const),
  });
  const anyGraph = fc.array(fc.array(edge, { maxLength: 3 }), { minLength: 1, maxLength: 12 });
  const imagesOf = (rows: typeof anyGraph extends fc.Arbitrary<infer Rows> ? Rows : never, isForward: boolean) =>
    rows.map((row, index): GraphImage => {
      const targets = row.filter(({ to }) => to < rows.length && (!isForward || to < index));
      const bases = targets.map(({ to, platforms: on, stage }): GraphBase => {
        return { kind: "image", image: `i${to}`, ...(on.length === 0 ? {} : { platforms: on }), stage };
      });
      return { name: `i${index}`, bases };
    });

  /** Warshall's closure over the edges in question. */
  function closure(
    images: readonly GraphImage[],
    counts: (base: GraphBase) => boolean,
  ): readonly (readonly boolean[])[] {
    const reach = images.map((image) =>
      images.map((other) => image.bases.some((base) => "image" in base && base.image === other.name && counts(base))),
    );
    for (const [via] of reach.entries())
      for (const row of reach)
        if (row[via] === true) for (const [to, isReached] of (reach[via] ?? []).entries()) row[to] ||= isReached;
    return reach;
  }

  it("finds a cycle exactly where there is one", () => {
    fc.assert(
      fc.property(anyGraph, (rows) => {
        const images = imagesOf(rows, false);
        const isCyclic = closure(images, () => true).some((row, index) => row[index]);
        expect(codeOf(() => createImageGraph({ images }))).toBe(isCyclic ? "CYCLE" : "nothing thrown");
        for (const { found } of problemsOf(images)) {
          const path = found.split(" -> ");
          expect(path.length).toBeGreaterThan(1);
          expect(path[0]).toBe(path.at(-1));
          for (const [step, name] of path.slice(0, -1).entries()) {
            const bases = images.find((image) => image.name === name)?.bases ?? [];
            expect(bases.some((base) => "image" in base && base.image === path[step + 1])).toBe(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("gives what is affected, in build order, whatever is asked before", () => {
    const scope = fc.record({
      platform: fc.option(fc.constantFrom(...platforms), { nil: undefined }),
      stage: fc.option(fc.constant("final" as const), { nil: undefined }),
    });
    fc.assert(
      fc.property(anyGraph, fc.array(fc.tuple(scope, fc.array(fc.nat(11), { maxLength: 3 }))), (rows, questions) => {
        const images = imagesOf(rows, true);
        const graph = createImageGraph({ images });
        for (const [{ platform, stage }, asked] of questions) {
          const reach = closure(
            images,
            (base) =>
              (stage === undefined || base.stage === stage) &&
              (platform === undefined || base.platforms === undefined || base.platforms.includes(platform)),
          );
          const wanted = { ...(platform === undefined ? {} : { platform }), ...(stage === undefined ? {} : { stage }) };
          const changed = asked.map((place) => `i${place}`);
          const isAffected = (name: string) =>
            changed.some((other) => reach[Number(name.slice(1))]?.[Number(other.slice(1))] === true);
          expect(graph.affectedBy(changed, wanted)).toEqual(graph.order.filter(isAffected));
        }
      }),
    );
  });

  it("has the same edges and sets, whatever the order of the declaration", () => {
    const shuffled = anyGraph.chain((rows) => {
      const images = imagesOf(rows, true);
      return fc.tuple(fc.constant(images), fc.shuffledSubarray(images, { minLength: images.length }));
    });
    fc.assert(
      fc.property(shuffled, ([images, turned]) => {
        const [left, right] = [createImageGraph({ images }), createImageGraph({ images: turned })];
        expect(right.waves.map((wave) => [...wave].sort())).toEqual(left.waves.map((wave) => [...wave].sort()));
        expect(new Map(right.priorities())).toEqual(new Map(left.priorities()));
        for (const { name } of images)
          expect([...right.descendantsOf(name)].sort()).toEqual([...left.descendantsOf(name)].sort());
      }),
    );
  });
});
