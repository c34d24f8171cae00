import { createGitHubCi } from "@bayplan/ci-github";
import { createPlan, defineConfig, execute, observeState, renderPlan } from "@bayplan/core";
import { createGhcrRegistry } from "@bayplan/registry-ghcr";
import { systemClock } from "@bayplan/runtime";
import { createPythonOrgSource } from "@bayplan/sources";

const token = process.env["GITHUB_TOKEN"] ?? "";
const family = defineConfig({
  repository: "ghcr.io/nascheme/{image}",
  version: { source: "python.org", scheme: "cpython-tag", line: "3.14", variant: "t" },
  images: {
    "cpython-tsan": { workflow: "cpython.yml" },
    "numpy-tsan": { workflow: "numpy.yml", base: "cpython-tsan" },
  },
  tags: ["{version}", { alias: "{major}.{minor}t" }], // moving tags are guarded by default
});
const ports = {
  registries: [createGhcrRegistry({ token })],
  ci: createGitHubCi({ repository: "nascheme/cpython_sanity", token }),
  sources: { "python.org": createPythonOrgSource() },
  clock: systemClock,
};
const state = await observeState(family, ports);
const plan = createPlan(family, state, systemClock.now());
console.log(renderPlan(plan, "text"));
for await (const outcome of execute(plan, ports, { definition: family })) console.log(outcome.step, outcome.state);
