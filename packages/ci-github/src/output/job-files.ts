import { appendFile, stat } from "node:fs/promises";
import { BayplanError } from "@bayplan/core";
import { formatEnvironmentFile } from "./environment-file.ts";
import { fitSummary } from "./fit-summary.ts";

/** The files through which a step talks to GitHub Actions. */
export interface JobFiles {
  /** Sets outputs of the step. Several calls add up to at most 50 MB per run, which GitHub checks. */
  setOutputs(values: Readonly<Record<string, string>>): Promise<void>;
  /** Sets environment variables of the steps that follow. `INVALID_INPUT` for a name that GitHub reserves. */
  exportVariables(values: Readonly<Record<string, string>>): Promise<void>;
  /** Adds to the step's summary. What is over 1 MiB together is left out; the summary and the answer say so. */
  addSummary(
    markdown: string,
    options?: { readonly fullVersion?: string },
  ): Promise<"whole" | "shortened" | "left-out">;
}

const maxSummaryBytes = 1024 * 1024;
// The runner ignores these, or lets nobody set them this way.
const reserved = /^(?:GITHUB_|RUNNER_|ACTIONS_)|^(?:CI|NODE_OPTIONS)$/i;

/**
 * Opens them from `GITHUB_OUTPUT`, `GITHUB_ENV` and `GITHUB_STEP_SUMMARY`.
 *
 * @param options.env - Default `process.env`.
 * @throws BayplanError `INVALID_INPUT`, at the first use, when the variable is not set: this is not GitHub Actions.
 */
export function createJobFiles(
  options: { readonly env?: Readonly<Record<string, string | undefined>> } = {},
): JobFiles {
  const env = options.env ?? process.env;
  return {
    async setOutputs(values) {
      await appendFile(pathOf(env, "GITHUB_OUTPUT"), formatEnvironmentFile(values));
    },
    async exportVariables(values) {
      const taken = Object.keys(values).find((name) => reserved.test(name));
      if (taken !== undefined) {
        const message = `The variable ${taken.slice(0, 100)} belongs to GitHub Actions. Choose another name.`;
        throw new BayplanError("INVALID_INPUT", message);
      }
      await appendFile(pathOf(env, "GITHUB_ENV"), formatEnvironmentFile(values));
    },
    async addSummary(markdown, more = {}) {
      const path = pathOf(env, "GITHUB_STEP_SUMMARY");
      const shown = fitSummary(markdown, { ...more, maxBytes: maxSummaryBytes - (await sizeOf(path)) });
      await appendFile(path, shown);
      if (shown === markdown) return "whole";
      return shown === "" ? "left-out" : "shortened";
    },
  };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

function pathOf(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const path = env[name];
  if (path !== undefined && path !== "") return path;
  throw new BayplanError("INVALID_INPUT", `${name} is not set: this does not run in a step of GitHub Actions.`);
}
