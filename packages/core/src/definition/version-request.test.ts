import { describe, expect, it } from "vitest";
import { isBayplanError } from "../errors.ts";
import { parseInstant } from "../instant.ts";
import { selectRequest } from "../observe/select-request.ts";
import { createVersionScheme, versionSchemeNames } from "../version/create-version-scheme.ts";
import { parseDefinition } from "./parse-definition.ts";

const config = (version: Readonly<Record<string, unknown>>) => ({
  repository: "ghcr.io/o/{image}",
  version: { source: "list", ...version },
  images: { app: { workflow: "app.yml" } },
  tags: ["{version}"],
});

function problemPaths(version: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    parseDefinition(config(version));
    return [];
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    return (error.problems ?? []).map(({ path }) => path);
  }
}

describe("a version request", () => {
  it("takes every scheme", () => {
    for (const name of versionSchemeNames) {
      const scheme = name === "regex" ? { name, pattern: "(?P<major>\\d+)" } : name;
      expect([name, problemPaths({ scheme })]).toEqual([name, []]);
    }
  });

  it.each<[Readonly<Record<string, unknown>>, string]>([
    [{ scheme: "loose" }, "version.scheme"],
    [{ scheme: { name: "loose" } }, "version.scheme"],
    [{ scheme: "regex" }, "version.scheme"],
    [{ scheme: { name: "regex", pattern: "(" } }, "version.scheme"],
    [{ scheme: { name: "docker", format: "YYYY" } }, "version.scheme"],
    [{ scheme: { name: "calver", formt: "YYYY.0M" } }, "version.scheme.formt"],
    [{ scheme: "semver", range: ">=>" }, "version.range"],
    [{ scheme: "pep440", range: "3.14" }, "version.range"],
    [{ scheme: "semver", allow: ["("] }, "version.allow"],
    [{ scheme: "semver", deny: ["(?=x)"] }, "version.deny"],
    [{ scheme: "semver", channel: "gamma" }, "version.channel"],
    [{ scheme: "semver", precision: 0 }, "version.precision"],
  ])("%j is refused at %s", (version, path) => {
    expect(problemPaths(version)).toEqual([path]);
  });

  it("is picked by its gates", () => {
    const scheme = { name: "calver", format: "YYYY.0M" };
    const gates = { range: "<2025", exclude: ["2024.05"], channel: "stable" };
    const [leg] = parseDefinition(config({ scheme, ...gates })).legs;
    const candidates = ["2025.01", "2024.05", "2024.04", "2024.03"].map((raw) => ({ raw }));
    const sources = { list: { state: "listed", candidates, completeness: { truncated: false } } } as const;
    const now = parseInstant("2026-11-21T00:00:00Z");
    expect(leg === undefined ? undefined : selectRequest(leg, { sources }, now)).toMatchObject({ version: "2024.04" });
    expect(createVersionScheme(leg?.scheme ?? "").parse("2024.04")?.release).toEqual([2024, 4]);
  });
});
