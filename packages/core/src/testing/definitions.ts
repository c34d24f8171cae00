import type { FamilyConfig } from "../definition/family-config.ts";
import { parseDefinition } from "../definition/parse-definition.ts";
import { isBayplanError, type Problem } from "../errors.ts";

/** The smallest definition there is. */
export const minimal: FamilyConfig = {
  repository: "ghcr.io/o/{image}",
  version: { source: "s", scheme: "semver" },
  images: { a: { workflow: "a.yml" } },
  tags: ["{version}"],
};

/** The definition with some members replaced; what is wrong with it is the point, so nothing is checked here. */
export const withMembers = (members: object): unknown => ({ ...minimal, ...members });

/** The definition with other images. */
export const withImages = (images: object): unknown => ({ ...minimal, images });

/** Everything that is wrong with a definition; nothing when it is accepted. */
export function problemsOf(data: unknown): readonly Problem[] {
  try {
    parseDefinition(data);
  } catch (error) {
    if (isBayplanError(error)) return error.problems;
    throw error;
  }
  return [];
}

/** The paths of everything that is wrong with a definition. */
export const pathsOf = (data: unknown) => problemsOf(data).map((problem) => problem.path);
