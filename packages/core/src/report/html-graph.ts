import type { NodeState, PlannedNode } from "../plan/plan.ts";
import type { HtmlBox, HtmlLayout } from "./html-layout.ts";
import { type HtmlPlaces, htmlSizes } from "./html-place.ts";
import { htmlFragment, htmlText, shortenText } from "./html-text.ts";
import { stateText } from "./state-text.ts";

/** Every state with its short name, in the order of the legend. */
export const htmlStates: readonly (readonly [state: NodeState["state"], name: string])[] = [
  ["queued", "to be built"],
  ["tag-missing", "to be tagged"],
  ["built", "is there"],
  ["blocked", "blocked"],
  ["unknown", "unknown"],
];
const names = new Map(htmlStates);

// Each state has a shape of its own: colour alone says nothing on paper and to many people.
const shapes: Readonly<Record<NodeState["state"], string>> = {
  queued: '<rect x="3" y="3" width="18" height="18" rx="2"/><path class="mark" d="M12 7v10M7 12h10"/>',
  "tag-missing": '<path d="M12 1 23 12 12 23 1 12z"/><path class="mark" d="M12 7v10M8 13l4 4 4-4"/>',
  built: '<circle cx="12" cy="12" r="10"/><path class="mark" d="M7 12l4 4 6-8"/>',
  blocked: '<path d="M8 2h8l6 6v8l-6 6H8l-6-6V8z"/><path class="mark" d="M7 12h10"/>',
  unknown: '<circle class="dashed" cx="12" cy="12" r="10"/><path class="mark" d="M9 9.5a3 3 0 1 1 3 3V14M12 17v.5"/>',
};

/** The shapes of the states, once for the whole page. */
export const htmlShapes = `<svg width="0" height="0" class="shapes" aria-hidden="true"><defs>${htmlStates
  .map(([state]) => `<symbol id="shape-${state}" viewBox="0 0 24 24">${shapes[state]}</symbol>`)
  .join(
    "",
  )}<marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto">
<path class="arrow" d="M0 0 8 4 0 8z"/></marker></defs></svg>`;

/** The shape of a state, decorative: its name stands beside it. */
export function htmlShape(state: NodeState["state"]): string {
  return `<svg class="shape ${state}" width="20" height="20" aria-hidden="true"><use href="#shape-${state}"/></svg>`;
}

/** The images and what is built on what, as an SVG whose boxes are links to what is said about each. */
export function htmlGraph(nodes: readonly PlannedNode[], layout: HtmlLayout, places: HtmlPlaces): string {
  const { margin, columnPitch } = htmlSizes;
  const headings = layout.columns.flatMap(([first, count], wave) =>
    count === 0
      ? []
      : [
          `<text class="wave" x="${margin + first * columnPitch}" y="24">${wave === 0 ? "Outside" : `Wave ${wave}`}</text>`,
        ],
  );
  const hasOthers = layout.boxes.some((box) => !box.isLoose);
  const loose =
    places.looseY === undefined || !hasOthers
      ? ""
      : `<text class="wave" id="loose" x="${margin}" y="${places.looseY - 12}">Connected with no other image</text>`;
  const lines = layout.edges.map(
    ([from, to], index) =>
      `<path class="edge" d="${places.paths[index] ?? ""}" data-from="${from}" data-to="${to}" marker-end="url(#arrow)"/>`,
  );
  const boxes = layout.boxes.map((box, place) => drawBox(box, nodes, places.boxes[place] ?? { x: 0, y: 0 }));
  const { width, height } = places;
  const columns = JSON.stringify({ waves: layout.columns, loose: layout.looseColumns });
  return `<svg id="graph" role="group" aria-label="Images and what they are built on" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" data-columns="${htmlText(columns)}">
${[...headings, loose, `<g aria-hidden="true">${lines.join("\n")}</g>`, ...boxes].join("\n")}
</svg>`;
}

function drawBox(box: HtmlBox, nodes: readonly PlannedNode[], at: { readonly x: number; readonly y: number }): string {
  const { boxWidth, boxHeight } = htmlSizes;
  const node = box.node === undefined ? undefined : nodes[box.node];
  const place = `data-group="${box.group}" data-wave="${box.isLoose ? "loose" : box.wave}"`;
  // An <svg> of its own per box: it cuts off what is too wide, and moving it means two attributes.
  const frame = `<svg x="${at.x}" y="${at.y}" width="${boxWidth}" height="${boxHeight}" ${place}`;
  const rect = (rx: number) => `<rect x="1.5" y="1.5" width="${boxWidth - 3}" height="${boxHeight - 3}" rx="${rx}"/>`;
  if (node === undefined) {
    const title = `<title>${htmlText(box.id)} (outside this plan)</title>`;
    return `${frame} class="box outside">${title}${rect(20)}<text x="16" y="27">${htmlText(shortenText(box.id, 28))}</text></svg>`;
  }
  const { state } = node.state;
  const name = names.get(state) ?? state;
  const label = htmlText(`${node.image} ${node.version}: ${stateText(node.state)}`);
  return `${frame} class="box" data-node="${box.node}" data-state="${state}"><a href="${htmlFragment(node.id)}" aria-label="${label}" class="${state}"><title>${label}</title>${rect(6)}<use href="#shape-${state}" x="10" y="10" width="24" height="24"/><text class="name" x="42" y="19">${htmlText(shortenText(node.image, 22))}</text><text x="42" y="35">${htmlText(shortenText(node.version, 27 - name.length))} · ${name}</text></a></svg>`;
}
