import { defineConfig, type Family, type ImageConfig } from "@bayplan/core";
import { cpythonSanity } from "../family.ts";
import { type ChaosDefinition, chaosImages } from "./chaos-schedule.ts";

/** How references to the registry begin, and to the one that everything is copied to. */
export const chaosHosts = { registry: "registry.example", copy: "copies.example" } as const;

/** The two images that build on each other: what is released together, if anything is. */
export const chaosStack: readonly string[] = chaosImages.slice(0, 2);

/**
 * What the whole run is about: three images of the family of the main job, in two versions. Shorter waits than in the main
 * job, so that late runs are late soon.
 */
export function chaosFamily({ release, isTested, isCopied }: ChaosDefinition): Family {
  const { images, release: _release, test: _test, ...family } = cpythonSanity(chaosHosts.registry);
  const source = { source: "python.org", scheme: "cpython-tag" };
  const group: Pick<ImageConfig, "release"> =
    release === "each by itself" ? {} : { release: { group: "stack", onFailure: release } };
  const chosen = Object.entries(images).filter(([name]) => chaosImages.some((image) => image === name));
  return defineConfig({
    ...family,
    version: [
      { ...source, line: "3.14", variant: "t", images: [...chaosImages] },
      { ...source, line: "3.15", variant: "t", prereleases: true, images: chaosStack },
    ],
    companions: { numpy: { source: "numpy", scheme: "semver" } },
    images: Object.fromEntries(
      chosen.map(([name, image]) => [
        name,
        // `latest` on the image that has one version only: two versions may not claim one tag.
        chaosStack.includes(name) ? { ...image, ...group } : { ...image, tags: [...family.tags, { alias: "latest" }] },
      ]),
    ),
    ...(isTested ? { test: "test.yml" } : {}),
    ...(isCopied ? { copies: [`${chaosHosts.copy}/mirror/{image}`] } : {}),
    buildTimeoutSeconds: 1200,
  });
}

/** The repository that an image is copied from and to. */
export function chaosRepository(image: string, host: string): string {
  return host === chaosHosts.registry ? `nascheme/${image}` : `mirror/${image}`;
}
