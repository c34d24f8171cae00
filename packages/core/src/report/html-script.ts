import { htmlSizes } from "./html-place.ts";

/**
 * The page's script, as text: a function turned into text would change with every compiler, and its hash with it. Without
 * it the page still shows everything and its links still select; it adds the filter, the chosen box and the keys.
 */
export const htmlScript = `
"use strict";
(() => {
  const sizes = ${JSON.stringify(htmlSizes)};
  const graph = document.getElementById("graph");
  const form = document.querySelector("form");
  if (graph === null || form === null) return;
  const columns = JSON.parse(graph.dataset.columns);
  const articles = [...document.querySelectorAll("article")];
  const boxes = [...graph.querySelectorAll(".box")].map((element) => {
    const { node, group, wave, state } = element.dataset;
    return { element, group, wave, state, article: articles[node], link: element.querySelector("a"), shown: true, near: [] };
  });
  const edges = [...graph.querySelectorAll(".edge")].map((element) => {
    const edge = { element, from: boxes[element.dataset.from], to: boxes[element.dataset.to] };
    edge.from.near.push(edge);
    edge.to.near.push(edge);
    return edge;
  });
  const images = boxes.filter((box) => box.link !== null);
  const search = form.querySelector("input[type=search]");
  const checks = [...form.querySelectorAll("input[type=checkbox]")];
  const count = form.querySelector("output");
  let chosen;

  // The same as placeBoxes in html-place.ts, for the boxes that are shown.
  const place = () => {
    let row = 0, rows = 0, group, filled = {}, looseY, used = 1;
    for (const box of boxes) {
      if (!box.shown) continue;
      if (box.group !== group) {
        row += rows > 1 ? rows + 0.5 : rows;
        rows = 0;
        group = box.group;
        filled = {};
        if (box.wave === "loose") {
          row += row > 0 ? 0.5 : 0;
          looseY = sizes.top + row * sizes.rowPitch;
        }
      }
      const [first, width] = box.wave === "loose" ? [0, columns.loose] : columns.waves[box.wave];
      const number = filled[box.wave] ?? 0;
      filled[box.wave] = number + 1;
      const column = first + (number % width);
      const down = Math.floor(number / width);
      rows = Math.max(rows, down + 1);
      used = Math.max(used, column + 1);
      box.x = sizes.margin + column * sizes.columnPitch;
      box.y = sizes.top + (row + down) * sizes.rowPitch;
    }
    for (const { element, shown, x, y } of boxes) {
      element.toggleAttribute("hidden", !shown);
      if (!shown) continue;
      element.setAttribute("x", x);
      element.setAttribute("y", y);
    }
    for (const { element, from, to } of edges) {
      const shown = from.shown && to.shown;
      element.toggleAttribute("hidden", !shown);
      if (!shown) continue;
      const turn = to.x - (sizes.columnPitch - sizes.boxWidth) / 2;
      const half = sizes.boxHeight / 2;
      const side = from.x + sizes.boxWidth;
      const detour = to.x - from.x === sizes.columnPitch ? "" : "H" + (side + 8) + "V" + (from.y + (sizes.boxHeight + sizes.rowPitch) / 2);
      element.setAttribute("d", "M" + side + " " + (from.y + half) + detour + "H" + turn + "V" + (to.y + half) + "H" + to.x);
    }
    const loose = document.getElementById("loose");
    loose?.toggleAttribute("hidden", looseY === undefined);
    if (looseY !== undefined) loose?.setAttribute("y", looseY - 12);
    const width = 2 * sizes.margin + used * sizes.columnPitch - (sizes.columnPitch - sizes.boxWidth);
    const height = sizes.top + (row + rows) * sizes.rowPitch + sizes.margin;
    graph.setAttribute("width", width);
    graph.setAttribute("height", height);
    graph.setAttribute("viewBox", "0 0 " + width + " " + height);
  };

  // Other images are named under <nav>: whoever looks for one does not look for all that are built on it.
  const ownText = (article) => [...article.querySelectorAll(":scope > :not(nav), nav code")].map((part) => part.textContent).join(" ");
  const textOf = (box) => (box.text ??= ownText(box.article).toLowerCase());
  const filter = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter((word) => word !== "");
    const states = new Set(checks.filter((check) => check.checked).map((check) => check.value));
    for (const box of images) {
      box.shown = states.has(box.state) && words.every((word) => textOf(box).includes(word));
      box.article.classList.toggle("out", !box.shown);
    }
    for (const box of boxes) if (box.link === null) box.shown = box.near.some((edge) => edge.to.shown);
    place();
    count.value = images.filter((box) => box.shown).length + " of " + images.length + " shown";
  };

  const choose = () => {
    let id = location.hash.slice(1);
    try {
      id = decodeURIComponent(id);
    } catch {}
    const article = document.getElementById(id);
    chosen?.link.removeAttribute("aria-current");
    for (const edge of chosen?.near ?? []) edge.element.classList.remove("chosen");
    chosen = images.find((box) => box.article === article);
    if (chosen === undefined) return;
    chosen.link.setAttribute("aria-current", "true");
    for (const { element } of chosen.near) {
      element.classList.add("chosen");
      // Above the others.
      element.parentNode.append(element);
    }
    chosen.element.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  const keys = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target !== search) chosen?.link.focus();
    const step = keys[event.key];
    const link = document.activeElement?.closest("#graph a");
    if (step === undefined || !link) return;
    const shown = images.filter((box) => box.shown);
    shown[shown.findIndex((box) => box.link === link) + step]?.link.focus();
    event.preventDefault();
  });
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", choose);
  form.hidden = false;
  // A browser that goes back to the page puts old texts into its fields.
  addEventListener("pageshow", () => {
    if (search.value !== "" || checks.some((check) => !check.checked)) filter();
  });
  choose();
})();
`;
