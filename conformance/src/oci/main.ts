import { resolve } from "node:path";
import { type OciProgramme, ociProgrammes } from "./programmes.ts";
import { type OciSetting, runProgramme } from "./run-programme.ts";

// node --import tsx --conditions=@bayplan/source conformance/src/oci/main.ts
// Runs the OCI conformance programmes whose binaries the environment names against the embedded registry. See ../../go.
const settings: readonly OciSetting[] = [
  { name: "in memory, anonymous", storage: "memory", auth: "none" },
  { name: "on disk, Basic", storage: "directory", auth: "basic" },
  { name: "in memory, Bearer", storage: "memory", auth: "bearer" },
];

for (const programme of ociProgrammes) {
  const binary = process.env[programme.variable] ?? "";
  if (binary !== "") await report(programme, resolve(binary));
  else console.log(`OCI conformance, ${programme.name}: not run, ${programme.variable} names no binary`);
}

async function report(programme: OciProgramme, binary: string): Promise<void> {
  const total = { passed: 0, failed: 0, skipped: 0, off: 0 };
  for (const setting of settings) {
    const result = await runProgramme(binary, programme, setting);
    for (const key of ["passed", "failed", "skipped", "off"] as const) total[key] += result[key];
    for (const { kind, name, message } of result.misses) console.log(`${kind} (${setting.name}) ${name}: ${message}`);
  }
  const counts = `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped, ${total.off} left out by settings`;
  const runs = settings.map(({ name }) => name).join("; ");
  console.log(`OCI conformance, ${programme.name}: ${counts} (${runs})`);
  // For the programmes, what a registry lacks is skipped and the whole still passes; the embedded one lacks nothing.
  if (total.failed + total.skipped > 0) process.exitCode = 1;
}
