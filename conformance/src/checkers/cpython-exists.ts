import { formatReference, observeState, parseReference, type VersionConfig } from "@bayplan/core";
import { createFixedListSource } from "@bayplan/sources";
import { createVirtualClock } from "@bayplan/testkit";
import { z } from "zod";
import { cpythonFamily, legOf } from "./cpython-family.ts";
import { RegistryState, simulatedGhcr } from "./simulated-ghcr.ts";

const Input = z.object({
  version: z.string(),
  gil_version: z.string().nullish(),
  ft_images: z.array(z.string()),
  gil_images: z.array(z.string()).default([]),
  registry: z.string(),
  registry_state: z.record(z.string(), RegistryState),
});

/** Observes the family and says of which images the exact tag is clearly absent. */
export async function checkCpythonExists(input: unknown): Promise<unknown> {
  const {
    version,
    gil_version: gil,
    ft_images: images,
    gil_images: gilImages,
    registry,
    registry_state: states,
  } = Input.parse(input);
  const legs: VersionConfig[] = [legOf(version, "ft", images)];
  if (typeof gil === "string" && gilImages.length > 0) legs.push(legOf(gil, "gil", gilImages));
  const wanted = [
    ...images.map((image) => `${registry}/${image}:${version}`),
    ...gilImages.map((image) => `${registry}/${image}:${gil}`),
  ];
  const published = wanted.filter((reference) => (states[reference] ?? states["*"]) === "ok");
  const state = await observeState(cpythonFamily(legs, registry), {
    registries: [await simulatedGhcr(published, states)],
    sources: {
      ft: createFixedListSource("ft", [{ raw: version }]),
      gil: createFixedListSource("gil", [{ raw: gil ?? version }]),
      numpy: createFixedListSource("numpy", [{ raw: "v2.4.2" }]),
      scipy: createFixedListSource("scipy", [{ raw: "v1.17.0" }]),
    },
    clock: createVirtualClock(),
  });
  const isAbsent = (image: string, tag: string) => {
    return state.references[formatReference(parseReference(`${registry}/${image}:${tag}`))]?.state === "absent";
  };
  const unknown = wanted.filter(
    (reference) => !["present", "absent"].includes(state.references[reference]?.state ?? ""),
  );
  return {
    missing: images.filter((image) => isAbsent(image, version)),
    gil_missing: typeof gil === "string" ? gilImages.filter((image) => isAbsent(image, gil)) : [],
    unknown,
  };
}
