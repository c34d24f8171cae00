import type { FamilyConfig } from "@bayplan/core";

/** Names of the family's images, bases first. */
export const everyImage: readonly string[] = ["cpython-tsan", "cpython-asan", "numpy-tsan", "numpy-asan", "scipy-tsan"];

/** Where the family goes beside its registry. */
export interface CpythonSanityOptions {
  /** Host of a second registry that gets everything, too. Default none. */
  readonly mirror?: string | undefined;
}

/**
 * The sanitizer images of the cpython pipeline: CPython with the thread and the address sanitizer, numpy and scipy on
 * top. Each version is released as a whole, after all its images were tested, or not at all. `registry` is a host with an
 * optional port; in production it would be `ghcr.io`.
 */
export function cpythonSanity(registry: string, { mirror }: CpythonSanityOptions = {}): FamilyConfig {
  return {
    name: "cpython-sanity",
    repository: `${registry}/nascheme/{image}`,
    version: [
      { source: "python.org", scheme: "cpython-tag", line: "3.14", variant: "t", images: everyImage },
      { source: "python.org", scheme: "cpython-tag", line: "3.14", images: ["cpython-tsan", "cpython-asan"] },
      {
        source: "python.org",
        scheme: "cpython-tag",
        line: "3.15",
        variant: "t",
        prereleases: true,
        images: everyImage.slice(0, 4),
      },
    ],
    companions: {
      numpy: { source: "numpy", scheme: "semver" },
      scipy: { source: "scipy", scheme: "semver" },
    },
    images: {
      "cpython-tsan": { workflow: "cpython-tsan.yml" },
      "cpython-asan": { workflow: "cpython-asan.yml" },
      "numpy-tsan": { workflow: "numpy-tsan.yml", base: "cpython-tsan", inputs: withCompanion("numpy") },
      "numpy-asan": { workflow: "numpy-asan.yml", base: "cpython-asan", inputs: withCompanion("numpy") },
      "scipy-tsan": { workflow: "scipy-tsan.yml", base: "numpy-tsan", inputs: withCompanion("scipy") },
    },
    release: "sanitizers",
    test: "sanitizer-test.yml",
    ...(mirror === undefined ? {} : { copies: [`${mirror}/nascheme/{image}`] }),
    platforms: ["linux/amd64", "linux/arm64"],
    // Docker Hub and GHCR do not say of a repository that was never pushed to whether it is missing or private. This
    // family is nobody else's, so "denied, or not there" is the first release.
    deniedMeans: "absent",
    tags: ["{version}", { alias: "{major}.{minor}{variant}" }],
  };
}

function withCompanion(name: string): Readonly<Record<string, string>> {
  return { version: "{version}", base: "{base}", destination: "{destination}", [`${name}_version`]: `{${name}}` };
}
