import type { Problem } from "../errors.ts";
import { versionSchemeNames } from "../version/create-version-scheme.ts";
import type { VersionRequest } from "./family.ts";
import type { CompanionConfig } from "./family-config.ts";
import { show } from "./problems.ts";

/** Fills in a version request's defaults and checks its scheme. */
export function expandRequest(config: CompanionConfig, path: string, problems: Problem[]): VersionRequest {
  if (!versionSchemeNames.includes(config.scheme)) {
    problems.push({
      path: `${path}.scheme`,
      found: show(config.scheme),
      expected: `one of ${versionSchemeNames.join(", ")}`,
    });
  }
  return {
    source: config.source,
    scheme: config.scheme,
    ...(config.line === undefined ? {} : { line: config.line }),
    prereleases: config.prereleases ?? false,
    minimumAgeDays: config.minimumAgeDays ?? 0,
  };
}
