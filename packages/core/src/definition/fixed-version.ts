import type { Problem } from "../errors.ts";
import type { VersionScheme } from "../version/version-scheme.ts";
import { isInLine } from "../version/version-scheme.ts";
import type { VersionConfig } from "./family-config.ts";
import { show } from "./problems.ts";

/** Why a version that the definition itself names is not the one it asks for. */
export function fixedVersionProblems(
  config: Pick<VersionConfig, "version" | "line" | "variant">,
  scheme: VersionScheme,
  path: string,
): readonly Problem[] {
  if (config.version === undefined) return [];
  const problem = (expected: string) => [{ path: `${path}.version`, found: show(config.version), expected }];
  const version = scheme.parse(config.version);
  if (version === undefined) return problem(`a version of the scheme ${scheme.name}`);
  if (config.line !== undefined && !isInLine(version, config.line))
    return problem(`a version of the line ${config.line}`);
  if (config.variant !== undefined && version.variant !== config.variant)
    return problem(`a version of the variant ${show(config.variant)}`);
  return [];
}
