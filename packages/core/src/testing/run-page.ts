import { codeOf } from "./code-of.ts";

/** What became of one promise of a page: `expression // => value` or `expression // throws CODE`. */
export interface PageClaim {
  readonly line: number;
  readonly claim: string;
  readonly holds: boolean;
  readonly found: unknown;
}

/** What a page is run with. */
export interface RunPageOptions {
  /** What its blocks may import, by name. */
  readonly modules: Readonly<Record<string, unknown>>;
  /** Whether two values are the same in depth, for example `isDeepStrictEqual` of `node:util`. */
  readonly equals: (left: unknown, right: unknown) => boolean;
}

const block = /^```ts\n([\s\S]*?)^```$/gm;
const imports = /^import \{([^}]*)\} from "([^"]+)";\n/gm;
const claimed = /^(.*?);?\s*\/\/ (=>|throws) (.+)$/;

/**
 * Runs every TypeScript block of a Markdown page, each on its own. Blocks have no type annotations, so they are JavaScript
 * as well; a claim stands on one line.
 */
export function runPage(page: string, { modules, equals }: RunPageOptions): readonly PageClaim[] {
  const claims: PageClaim[] = [];
  for (const source of sourcesOf(page, modules)) {
    // The page is ours, and this is what its reader does with it.
    new Function("modules", "claim", source)(
      modules,
      (line: number, text: string, run: () => unknown, expected: unknown) => {
        const isCode = typeof expected === "string" && text.startsWith("throws ");
        const value = isCode ? codeOf(run) : run();
        claims.push({ line, claim: text, holds: equals(value, expected), found: value });
      },
    );
  }
  return claims;
}

/** The same for a page whose blocks wait: `await` may stand in the values that are claimed, not in what throws. */
export async function runAsyncPage(page: string, { modules, equals }: RunPageOptions): Promise<readonly PageClaim[]> {
  const claims: PageClaim[] = [];
  for (const source of sourcesOf(page, modules, "await claim")) {
    const run = new Function("modules", "claim", `return (async () => {${source}\n})();`);
    await run(modules, async (line: number, text: string, run: () => unknown, expected: unknown) => {
      const isCode = typeof expected === "string" && text.startsWith("throws ");
      const value = isCode ? codeOf(() => void run()) : await run();
      claims.push({ line, claim: text, holds: equals(value, expected), found: value });
    });
  }
  return claims;
}

/** Each block as a program that is given its modules and a function for claims. */
function sourcesOf(page: string, modules: RunPageOptions["modules"], claim = "claim"): readonly string[] {
  return [...page.matchAll(block)].map((found) => {
    const start = page.slice(0, found.index).split("\n").length;
    const source = (found[1] ?? "").replace(imports, (_, names: string, name: string) => {
      if (!Object.hasOwn(modules, name))
        throw new Error(`The block at line ${start} imports ${name}, which is not there.`);
      const lines = names.split("\n").length;
      return `const {${names.replaceAll(/\s+/g, " ").replaceAll(" as ", ": ")}} = modules["${name}"];${"\n".repeat(lines)}`;
    });
    const lines = source.split("\n").map((line, index) => claimLine(line, start + index + 1, claim));
    return `"use strict";\n${lines.join("\n")}`;
  });
}

function claimLine(line: string, number: number, claim: string): string {
  const [, expression, kind, expected] = claimed.exec(line) ?? [];
  if (expression === undefined || kind === undefined || expected === undefined) return line;
  const value = kind === "throws" ? JSON.stringify(expected) : `(${expected})`;
  const run = `${claim === "claim" ? "" : "async "}() => (${expression.trim()})`;
  return `${claim}(${number}, ${JSON.stringify(`${kind} ${expected}`)}, ${kind === "throws" ? run.replace(/^async /, "") : run}, ${value});`;
}
