import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { faults } from "./faults.ts";

const page = readFileSync(new URL("../../../../docs/reliability.md", import.meta.url), "utf8");

/** The cells of each row below a heading, without the table's own heading. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const [, section = ""] = page.split(`## ${heading}\n`);
  const [text = ""] = section.split("\n## ");
  const lines = text.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const ofTheStudy = rowsBelow("The twenty faults of the study");
const matrix = [...ofTheStudy, ...rowsBelow("Further faults")];
const others = ["Cancellation", "Secrets", "Hostile servers", "Any input"].flatMap(rowsBelow);

it("publishes no fault without a test, and tests no fault without a row", () => {
  const rows = matrix.map(([name]) => name);
  expect(rows.filter((name, index) => rows.indexOf(name) !== index)).toEqual([]);
  expect([...rows].sort()).toEqual(faults.map(({ name }) => name).sort());
});

it.each(faults)("publishes the outcomes that are tested: $name", ({ name, plainFetch, bayplan }) => {
  const [, ours = "", naive] = matrix.find(([row]) => row === name) ?? [];
  expect(naive).toBe(plainFetch);
  expect(ours).toMatch(bayplan === "right" ? /^right: / : new RegExp(`^\`${bayplan}\``));
});

it("publishes the scores that the rows add up to", () => {
  const scoreOf = (column: number) =>
    ofTheStudy.filter((cells) => /^(?:right|pass|`)/.test(cells[column] ?? "")).length;
  expect(ofTheStudy).toHaveLength(20);
  expect([1, 2, 3, 4, 5].map(scoreOf)).toEqual([20, 0, 10, 9, 11]);
  expect(page).toContain("go-containerregistry 10, oras-go 9, regclient 11 of 20");
});

it("names an existing test in every other row, and has a row for every test", () => {
  const here = new URL(".", import.meta.url);
  const own = ["matrix.test.ts", "published-table.test.ts"];
  const files = readdirSync(here).filter((file) => file.endsWith(".test.ts") && !own.includes(file));
  const titles = files.flatMap((file) => titlesIn(readFileSync(new URL(file, here), "utf8")).map((one) => [one, file]));
  const published = others.map(([title = "", holder = ""]) => [title, /`([^`]+)`/.exec(holder)?.[1]]);
  expect(published.map(String).sort()).toEqual(titles.map(String).sort());
});

/** The titles of the tests in a file; what differs from case to case as an ellipsis. */
function titlesIn(source: string): readonly string[] {
  return [...source.matchAll(/(?:\bit|\))\(\s*"([^"]{10,})"/g)].map(([, title = ""]) =>
    title.replaceAll(/%\w|\$\w+/g, "…"),
  );
}
