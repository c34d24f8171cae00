import {
  describeImage,
  digestOf,
  type ImageFacts,
  judgeGate,
  mediaTypes,
  parseReference,
  rootfsFingerprint,
  rootfsText,
} from "@bayplan/core";
import { z } from "zod";
import { oneImageRegistry, storedManifest } from "./one-image-registry.ts";

const Layers = z.array(z.string()).nullable();
const Image = z.strictObject({ layers: Layers, config: z.unknown().optional() });
const Input = z.union([
  z.strictObject({ rootfs_layers: z.array(z.string()) }),
  z.strictObject({ tested_layers: Layers, rebuilt_layers: Layers }),
  z.strictObject({ tested: Image.nullable(), rebuilt: Image.nullable() }),
]);

/** Whether a rebuilt image may be released in place of the tested one, or the fingerprint of one image. */
export async function checkOpencrateDigest(input: unknown): Promise<unknown> {
  const given = Input.parse(input);
  if ("rootfs_layers" in given) {
    return { hashed_text: rootfsText(given.rootfs_layers), fingerprint: rootfsFingerprint(given.rootfs_layers) };
  }
  const [tested, rebuilt] =
    "tested" in given
      ? [given.tested, given.rebuilt]
      : [{ layers: given.tested_layers }, { layers: given.rebuilt_layers }];
  const other = await factsOf(tested);
  const image = await factsOf(rebuilt);
  const { passes } = judgeGate(
    { kind: "same-image", levels: ["rootfs", "config-normalised"] },
    { ...(image === undefined ? {} : { image }), ...(other === undefined ? {} : { other }) },
  );
  return { pass: passes };
}

/** The image as a registry would serve it; `undefined` when there is none. */
async function factsOf(
  image: { layers: readonly string[] | null; config?: unknown } | null,
): Promise<ImageFacts | undefined> {
  if (image === null || image.layers === null) return undefined;
  const config = {
    ...{ os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: image.layers } },
    ...(image.config === undefined ? {} : { config: image.config }),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(config));
  const manifest = storedManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, digest: digestOf(bytes), size: bytes.length },
    layers: [],
  });
  const registry = oneImageRegistry({ manifest: () => manifest, config });
  return describeImage(parseReference("registry.example/opencrate:checked"), registry);
}
