import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const folder = new URL("./", import.meta.url);

it("has a property for every promise from P0 to P21", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".properties.test.ts"));
  const titles = files.flatMap((name) => {
    const text = readFileSync(new URL(name, folder), "utf8");
    return [...text.matchAll(/^ {2}it(?:\.each\(.*\))?\("([PA\d, ]+):/gm)].flatMap(([, list = ""]) => list.split(", "));
  });
  for (let promise = 0; promise <= 21; promise += 1) expect(titles).toContain(`P${promise}`);
});
