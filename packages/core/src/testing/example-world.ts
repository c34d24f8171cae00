import type { FamilyConfig } from "../definition/family-config.ts";
import { parseDefinition } from "../definition/parse-definition.ts";
import { createFakeCi } from "./fake-ci.ts";
import { createFakeRegistry } from "./fake-registry.ts";
import { createFakeSource } from "./fake-source.ts";
import { createVirtualClock } from "./virtual-clock.ts";

/** What the examples of a page are about. */
export interface ExampleWorldOptions {
  /** Each with the image that it is built on, if it is. */
  readonly images: Readonly<Record<string, { readonly base?: string }>>;
  readonly tags?: FamilyConfig["tags"];
}

/** A family at version 1.2.3 with everything outside of it in memory; `workflows` says how runs end that do not succeed. */
export function createExampleWorld({ images, tags = ["{version}"] }: ExampleWorldOptions) {
  const entries = Object.entries(images).map(([name, image]) => [name, { workflow: `${name}.yml`, ...image }]);
  const family = parseDefinition({
    repository: "ghcr.io/o/{image}",
    version: { source: "releases", scheme: "semver" },
    images: Object.fromEntries(entries),
    tags,
  });
  const registry = createFakeRegistry();
  const clock = createVirtualClock();
  const workflows: Record<string, "failure" | "cancelled"> = {};
  const ci = createFakeCi(clock, ({ workflow, inputs }) => {
    const conclusion = workflows[workflow] ?? "success";
    const push = () => {
      if (conclusion === "success") registry.push(inputs["destination"] ?? "");
    };
    return { conclusion, push };
  });
  const ports = { registries: [registry], ci, clock, sources: { releases: createFakeSource(["1.2.3"]) } };
  return { family, ports, registry, workflows };
}
