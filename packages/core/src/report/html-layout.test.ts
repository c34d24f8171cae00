import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HtmlLayout, htmlLayout } from "./html-layout.ts";
import type { DrawnNode } from "./html-links.ts";
import { htmlSizes, placeBoxes } from "./html-place.ts";

const node = (id: string, ...bases: readonly string[]): DrawnNode => ({ id, bases });
const many = (count: number, ...bases: readonly string[]) =>
  Array.from({ length: count }, (_, index) => node(`${bases[0] ?? "alone"}-${index}`, ...bases));

/** Column and row of every box, by id. */
function cells(layout: HtmlLayout): Readonly<Record<string, readonly [column: number, row: number]>> {
  const places = placeBoxes(layout).boxes;
  const { margin, top, columnPitch, rowPitch } = htmlSizes;
  return Object.fromEntries(
    layout.boxes.map(({ id }, place) => {
      const { x, y } = places[place] ?? { x: 0, y: 0 };
      return [id, [(x - margin) / columnPitch, (y - top) / rowPitch]];
    }),
  );
}

describe("htmlLayout", () => {
  it("gives waves columns, and chains rows of their own", () => {
    const layout = htmlLayout([
      node("a"),
      node("x"),
      node("b", "a"),
      node("y", "x"),
      node("c", "b"),
      node("d", "a", "c"),
    ]);
    expect(cells(layout)).toEqual({ a: [0, 0], b: [1, 0], c: [2, 0], d: [3, 0], x: [0, 1], y: [1, 1] });
    expect(layout.boxes.map(({ id, wave }) => [id, wave])).toEqual([
      ["a", 1],
      ["b", 2],
      ["c", 3],
      ["d", 4],
      ["x", 1],
      ["y", 2],
    ]);
  });

  it("draws what is outside beside its images, and on top what several stand on", () => {
    const layout = htmlLayout([node("a", "os", "tools"), node("b", "a"), node("z", "os")]);
    expect(cells(layout)).toEqual({ os: [0, 0], tools: [0, 1], a: [1, 1], b: [2, 1], z: [0, 2.5] });
    expect(layout.edges).toHaveLength(4);
    // What everything stands on makes no heap of what is otherwise on its own.
    expect(htmlLayout(many(30, "os")).boxes.filter((box) => box.isLoose)).toHaveLength(30);
  });

  it("spreads a tall wave and images on their own over the width, and no more than a screen", () => {
    const fan = cells(htmlLayout([node("root"), ...many(100, "root")]));
    expect(Math.max(...Object.values(fan).map(([column]) => column))).toBe(4);
    expect(Math.max(...Object.values(fan).map(([, row]) => row))).toBe(24);
    const alone = cells(htmlLayout(many(12)));
    expect(Math.max(...Object.values(alone).map(([column]) => column))).toBe(4);
    expect(cells(htmlLayout([node("only")]))).toEqual({ only: [0, 0] });
    expect(placeBoxes(htmlLayout([node("only")])).width).toBe(2 * htmlSizes.margin + htmlSizes.boxWidth);
    // Twelve are still seen at once.
    const small = cells(htmlLayout([node("root"), ...many(12, "root")]));
    expect(Math.max(...Object.values(small).map(([column]) => column))).toBe(1);
  });

  it("takes no base twice, no image for its own base, and ends on a circle", () => {
    const layout = htmlLayout([node("a", "a"), node("b", "a", "a"), node("c", "d"), node("d", "c"), node("e", "d")]);
    expect(layout.edges).toHaveLength(4);
    expect(layout.boxes.map(({ id, wave }) => [id, wave])).toEqual([
      ["a", 1],
      ["b", 2],
      ["c", 3],
      ["d", 3],
      ["e", 3],
    ]);
    expect(htmlLayout([]).boxes).toEqual([]);
  });

  it("shows every node once, nothing on one place, every base left of what is built on it", () => {
    const graph = fc.array(fc.array(fc.nat(40), { maxLength: 4 }), { maxLength: 40 });
    fc.assert(
      fc.property(graph, (edges) => {
        // Numbers beyond the node itself are what is outside.
        const nodes = edges.map((bases, index) =>
          node(`n${index}`, ...bases.map((base) => (base < index ? `n${base}` : `out${base}`))),
        );
        const layout = htmlLayout(nodes);
        const found = cells(layout);
        expect(layout.boxes.flatMap((box) => box.node ?? []).sort((a, b) => a - b)).toEqual([...nodes.keys()]);
        expect(new Set(Object.values(found).map(String)).size).toBe(layout.boxes.length);
        const isLoose = new Set(layout.boxes.filter((box) => box.isLoose).map(({ id }) => id));
        for (const { id, bases } of nodes) {
          for (const base of isLoose.has(id) ? [] : bases) {
            expect(found[base]?.[0]).toBeLessThan(found[id]?.[0] ?? -1);
          }
        }
        expect(layout.edges).toHaveLength(nodes.reduce((sum, { bases }) => sum + new Set(bases).size, 0));
      }),
    );
  });

  it("looks at the bases of a node equally often, however many nodes there are", () => {
    const readsOf = (count: number) => {
      let reads = 0;
      const nodes = Array.from({ length: count }, (_, index) => ({
        id: `n${index}`,
        get bases() {
          reads += 1;
          return index % 4 === 0 ? ["os"] : [`n${index - 1}`];
        },
      }));
      htmlLayout(nodes);
      return reads / count;
    };
    expect(readsOf(4000)).toBe(readsOf(40));
    // A chain this deep must not be walked by recursion.
    const chain = Array.from({ length: 20_000 }, (_, index) =>
      node(`n${index}`, ...(index === 0 ? [] : [`n${index - 1}`])),
    );
    expect(htmlLayout(chain).columns).toHaveLength(20_001);
  });
});
