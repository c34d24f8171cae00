import { readFileSync } from "node:fs";
import * as core from "@bayplan/core";
import { describe, expect, it } from "vitest";
import * as compat from "../index.ts";

const page = readFileSync(new URL("../../../../docs/migrating/clean-up.md", import.meta.url), "utf8");
const [setting = "", ...examples] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);

/** A block as it stands on the page; each comment behind an expression is what it has to give. */
function runnable(code: string): string {
  return code
    .replace(/^import \{(.*)\} from "@bayplan\/(\w+)";$/gm, "const {$1} = $2;")
    .replace(/^(\S.*); \/\/ (.+)$/gm, "expect($1).toEqual($2);");
}

describe("docs/migrating/clean-up.md", () => {
  it.each(examples)("example %# gives what its comments say", (code) => {
    const body = runnable(setting) + runnable(code);
    const checks = runnable(code).match(/^expect\(/gm)?.length ?? 0;
    expect(checks).toBeGreaterThan(0);
    expect.assertions(checks + 2);
    // The page's code as it stands, and nothing else.
    new Function("core", "compat", "expect", body)(core, compat, expect);
  });

  it("has an example of everything that is imported or exported", () => {
    const names = Object.keys(compat).filter((name) => /^(?:from|to)/.test(name) && name !== "fromMetadataAction");
    for (const name of names) expect(examples.filter((code) => code.includes(`{ ${name} }`))).toHaveLength(1);
    expect(names.length).toBeGreaterThan(7);
  });
});
