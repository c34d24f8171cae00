#!/usr/bin/env node
// Compares each package's public interface with the report in docs/api, and refuses exports without a docstring.
//   node scripts/api-report.mjs            fails when the interface is not the one in the report
//   node scripts/api-report.mjs --update   writes the reports anew
import { mkdirSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";

const isUpdate = process.argv.includes("--update");
const reportFolder = resolve("docs/api");
const silent = { logLevel: "none", addToApiReportFile: false };
mkdirSync(reportFolder, { recursive: true });
let problems = 0;

for (const name of readdirSync("packages")) {
  const projectFolder = resolve("packages", name);
  const ambient = name === "core" ? [resolve(projectFolder, "src/ambient.d.ts")] : [];
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: resolve(projectFolder, "package.json"),
    configObject: {
      projectFolder,
      mainEntryPointFilePath: resolve(projectFolder, "dist/index.d.ts"),
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder,
        reportTempFolder: resolve("node_modules/.api-report"),
      },
      newlineKind: "lf",
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            ...{ target: "ES2023", module: "NodeNext", moduleResolution: "NodeNext", skipLibCheck: true, strict: true },
            ...(name === "core" ? { lib: ["ES2023"], types: [] } : { lib: ["ES2023"], types: ["node"] }),
          },
          files: [resolve(projectFolder, "dist/index.d.ts"), ...ambient],
        },
      },
      messages: {
        compilerMessageReporting: { default: { logLevel: "error" } },
        extractorMessageReporting: {
          default: { logLevel: "error" },
          "ae-undocumented": { logLevel: "none", addToApiReportFile: true },
          "ae-missing-release-tag": silent,
          "ae-forgotten-export": silent,
          "ae-unresolved-link": silent,
        },
        tsdocMessageReporting: { default: silent },
      },
    },
  });
  mkdirSync(resolve("node_modules/.api-report"), { recursive: true });
  const result = Extractor.invoke(config, {
    localBuild: isUpdate,
    messageCallback: (message) => {
      if (message.messageId === "ae-undocumented" && isTopLevel(message.text)) {
        problems += 1;
        console.log(`${name}: ${message.text}`);
      }
      if (message.logLevel === "error" || message.logLevel === "warning") console.log(`${name}: ${message.text}`);
      message.handled = true;
    },
  });
  if (result.errorCount > 0 || (result.apiReportChanged && !isUpdate)) {
    problems += 1;
    console.log(`${name}: the public interface is not the one in docs/api. If that is meant: pnpm check --update`);
  }
}
process.exitCode = problems === 0 ? 0 : 1;

/** Members explain themselves by name where the type says all; exports never do. */
function isTopLevel(text) {
  return !/"[^"]*\.[^"]*"/.test(text);
}
