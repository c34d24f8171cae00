import { benchResolveReferences } from "./resolve-references.ts";

// pnpm bench [name ...]: each bench prints one table; ratios compare within one run, on one machine.
const benches: Readonly<Record<string, () => Promise<void>>> = { "resolve-references": benchResolveReferences };
const wanted = process.argv.slice(2).filter((argument) => argument !== "--");
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}. There is ${Object.keys(benches).join(", ")}.`);
  process.exitCode = 2;
} else {
  for (const [name, bench] of Object.entries(benches)) if (wanted.length === 0 || wanted.includes(name)) await bench();
}
