import type { HtmlLayout } from "./html-layout.ts";

/** Sizes of the drawing, in CSS pixels. */
export const htmlSizes = { margin: 16, top: 40, boxWidth: 232, boxHeight: 44, columnPitch: 280, rowPitch: 56 } as const;

/** Where everything is, in CSS pixels; places by number as in the layout. */
export interface HtmlPlaces {
  readonly boxes: readonly { readonly x: number; readonly y: number }[];
  /** Paths of the edges. */
  readonly paths: readonly string[];
  readonly width: number;
  readonly height: number;
  /** Where the images on their own begin; undefined without any. */
  readonly looseY?: number;
}

/** Places all boxes. The page's script does the same with those that a filter leaves: a change here is one there. */
export function placeBoxes(layout: HtmlLayout): HtmlPlaces {
  const { margin, top, boxWidth, boxHeight, columnPitch, rowPitch } = htmlSizes;
  let row = 0;
  let rows = 0;
  let group = -1;
  let looseY: number | undefined;
  let columnsUsed = 1;
  let filled = new Map<number, number>();
  const boxes = layout.boxes.map((box) => {
    if (box.group !== group) {
      // A group of several rows is set off from the next.
      row += rows > 1 ? rows + 0.5 : rows;
      rows = 0;
      group = box.group;
      filled = new Map();
      if (box.isLoose) {
        row += row > 0 ? 0.5 : 0;
        looseY = top + row * rowPitch;
      }
    }
    const [first, count] = box.isLoose ? [0, layout.looseColumns] : (layout.columns[box.wave] ?? [0, 1]);
    const place = filled.get(box.wave) ?? 0;
    filled.set(box.wave, place + 1);
    const column = first + (place % count);
    const down = Math.floor(place / count);
    rows = Math.max(rows, down + 1);
    columnsUsed = Math.max(columnsUsed, column + 1);
    return { x: margin + column * columnPitch, y: top + (row + down) * rowPitch };
  });
  const paths = layout.edges.map(([from, to]) => {
    const [start, end] = [boxes[from], boxes[to]];
    if (start === undefined || end === undefined) return "";
    // Down in the gap before the column of what is built; on the way to a later column between two rows, because a line
    // behind a box would look as if it came from there.
    const turn = end.x - (columnPitch - boxWidth) / 2;
    const side = start.x + boxWidth;
    const detour = end.x - start.x === columnPitch ? "" : `H${side + 8}V${start.y + (boxHeight + rowPitch) / 2}`;
    return `M${side} ${start.y + boxHeight / 2}${detour}H${turn}V${end.y + boxHeight / 2}H${end.x}`;
  });
  return {
    boxes,
    paths,
    width: 2 * margin + columnsUsed * columnPitch - (columnPitch - boxWidth),
    height: top + (row + rows) * rowPitch + margin,
    ...(looseY === undefined ? {} : { looseY }),
  };
}
