import type { FamilyConfig } from "@bayplan/core";
import { cpythonSanity } from "../family.ts";

/** `owner/name` of the Git repository with the workflows. */
export const gitRepository = "nascheme/cpython_sanity";

/** The version that is released. */
export const newVersion = "3.14.4";

/** What was released before, oldest first; the aliases show the last. */
export const oldVersions: readonly string[] = ["3.14.1t", "3.14.2t", "3.14.3t"];

/** Two bases, and two images one on the other: enough for every kind of step to be there several times. */
export const imageNames: readonly string[] = ["cpython-tsan", "cpython-asan", "numpy-tsan", "scipy-tsan"];

/**
 * Four images of one line as a gate: each is built, tested and copied to a second registry, and no tag of any is written
 * before all are ready. Afterwards all but the two newest old releases go.
 */
export function crashFamily(hosts: { readonly registry: string; readonly copies: string }): FamilyConfig {
  const { images, ...family } = cpythonSanity(hosts.registry);
  return {
    ...family,
    version: { source: "python.org", scheme: "cpython-tag", line: "3.14", variant: "t" },
    images: Object.fromEntries(Object.entries(images).filter(([name]) => imageNames.includes(name))),
    tags: ["{version}", { alias: "{major}.{minor}{variant}" }, { alias: "latest" }],
    release: { group: "cpython", onFailure: "gate" },
    test: "test.yml",
    copies: [`${hosts.copies}/mirror/{image}`],
    retention: {
      scheme: "cpython-tag",
      rules: [{ kind: "expire", match: { pattern: "3\\.14\\.\\d+t" }, keepLast: 2, by: "version" }],
    },
  };
}
