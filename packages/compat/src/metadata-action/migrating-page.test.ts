import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as compat from "../index.ts";

const page = readFileSync(new URL("../../../../docs/migrating/metadata-action.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);

describe("docs/migrating/metadata-action.md", () => {
  it.each(examples)("example %# gives what its comments say", (code) => {
    const body = code
      .replace(/^import \{(.*)\} from "@bayplan\/compat";$/m, "const {$1} = compat;")
      .replace(/^(\S.*); \/\/ (.+)$/gm, "expect($1).toEqual($2);");
    const checks = body.match(/^expect\(/gm)?.length ?? 0;
    expect(checks).toBeGreaterThan(0);
    expect.assertions(checks + 1);
    // The page's code as it stands, and nothing else.
    new Function("compat", "expect", body)(compat, expect);
  });

  it("has examples, and a row for every diagnostic", () => {
    expect(examples.length).toBeGreaterThan(2);
    const source = readFileSync(new URL("metadata-diagnostic.ts", import.meta.url), "utf8");
    const codes = [...source.matchAll(/^ {2}\| "([a-z-]+)"/gm)].map(([, code = ""]) => code);
    expect(codes.length).toBeGreaterThan(15);
    for (const code of codes) expect(page).toContain(`\`${code}\``);
  });
});
