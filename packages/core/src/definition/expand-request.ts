import { isBayplanError, type Problem } from "../errors.ts";
import { createVersionScheme, versionSchemeNames } from "../version/create-version-scheme.ts";
import { openGates } from "../version/version-gates.ts";
import type { VersionScheme } from "../version/version-scheme.ts";
import type { VersionRequest } from "./family.ts";
import type { CompanionConfig, VersionConfig, VersionGates } from "./family-config.ts";
import { fixedVersionProblems } from "./fixed-version.ts";
import { show } from "./problems.ts";

const gateNames: readonly (keyof VersionGates)[] = [
  ...(["range", "channel", "precision", "ltsOnly", "missingTime", "variantVersions"] as const),
  ...(["allow", "deny", "exclude", "deprecated", "endOfLife"] as const),
];

/** Fills in a version request's defaults and checks its scheme, its range and its patterns. */
export function expandRequest(
  config: CompanionConfig & Pick<VersionConfig, "variant">,
  path: string,
  problems: Problem[],
): VersionRequest {
  const given = gateNames.filter((name) => config[name] !== undefined).map((name) => [name, config[name]]);
  const gates: VersionGates = Object.fromEntries(given);
  const scheme = readScheme(config, path, problems);
  if (scheme !== undefined) {
    checkGates(gates, scheme, { path, problems });
    problems.push(...fixedVersionProblems(config, scheme, path));
  }
  return {
    source: config.source,
    ...(config.version === undefined ? {} : { fixed: config.version }),
    scheme: config.scheme,
    ...(config.line === undefined ? {} : { line: config.line }),
    ...gates,
    prereleases: config.prereleases ?? false,
    minimumAgeDays: config.minimumAgeDays ?? 0,
  };
}

function readScheme({ scheme }: CompanionConfig, path: string, problems: Problem[]): VersionScheme | undefined {
  const name = typeof scheme === "string" ? scheme : scheme.name;
  if (!versionSchemeNames.includes(name)) {
    const expected = `one of ${versionSchemeNames.join(", ")}`;
    problems.push({ path: `${path}.scheme`, found: show(name), expected });
    return undefined;
  }
  const problem = { path: `${path}.scheme`, found: typeof scheme === "string" ? show(name) : show(scheme) };
  return refusal(() => createVersionScheme(scheme), problem, problems);
}

function checkGates(
  gates: VersionGates,
  scheme: VersionScheme,
  { path, problems }: { readonly path: string; readonly problems: Problem[] },
): void {
  const { range, allow, deny } = gates;
  const nothing = { raw: "0", release: [0], prerelease: [], variant: "" };
  if (range !== undefined) {
    refusal(() => scheme.satisfies(nothing, range), { path: `${path}.range`, found: show(range) }, problems);
  }
  if (allow !== undefined)
    refusal(() => openGates({ scheme, allow }), { path: `${path}.allow`, found: show(allow) }, problems);
  if (deny !== undefined)
    refusal(() => openGates({ scheme, deny }), { path: `${path}.deny`, found: show(deny) }, problems);
}

/** The answer; a refusal becomes a problem that says why. */
function refusal<Answer>(
  run: () => Answer,
  problem: { readonly path: string; readonly found: string },
  problems: Problem[],
): Answer | undefined {
  try {
    return run();
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    problems.push({ ...problem, expected: `something else. ${error.message}` });
    return undefined;
  }
}

/** A companion as it may be written: the version alone, or where it comes from. */
export function expandCompanion(config: string | CompanionConfig, path: string, problems: Problem[]): VersionRequest {
  if (typeof config !== "string") return expandRequest(config, path, problems);
  return { source: "the definition", scheme: "docker", fixed: config, prereleases: true, minimumAgeDays: 0 };
}
