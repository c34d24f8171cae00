import { defineConfig, type Family, type VersionConfig } from "@bayplan/core";

/** The names in case files of this pipeline come without their registry. */
export const cpythonRepository = "ghcr.io/nascheme";

/** The family of the cpython pipeline as its workflows describe it, for the given legs. */
export function cpythonFamily(legs: readonly VersionConfig[], repository = cpythonRepository): Family {
  return defineConfig({
    name: "cpython-sanity",
    repository: `${repository}/{image}`,
    version: legs,
    companions: { numpy: { source: "numpy", scheme: "semver" }, scipy: { source: "scipy", scheme: "semver" } },
    images: {
      "cpython-tsan": { workflow: "docker_image_cpython.yml", inputs: { python_version: "{version}" } },
      "cpython-asan": { workflow: "docker_image_cpython_asan.yml", inputs: { python_version: "{version}" } },
      "numpy-tsan": {
        workflow: "docker_image_numpy.yml",
        base: "cpython-tsan",
        inputs: { python_version: "{version}", numpy_version: "{numpy}" },
      },
      "numpy-asan": {
        workflow: "docker_image_numpy_asan.yml",
        base: "cpython-asan",
        inputs: { python_version: "{version}", numpy_version: "{numpy}" },
      },
      "scipy-tsan": {
        workflow: "docker_image_scipy.yml",
        base: "numpy-tsan",
        inputs: { python_version: "{version}", scipy_version: "{scipy}" },
      },
    },
    tags: ["{version}", { alias: "{major}.{minor}{variant}" }],
    // As the pipeline does today: the workflow pushes the exact tag itself.
    publish: "direct",
  });
}

/** A version text as a leg: its line and its variant. */
export function legOf(version: string, source: string, images: readonly string[]): VersionConfig {
  const [, line = version] = /^(\d+\.\d+)/.exec(version) ?? [];
  return {
    source,
    scheme: "cpython-tag",
    line,
    variant: /\dt(-dev)?$/.test(version) ? "t" : "",
    prereleases: true,
    images,
  };
}
