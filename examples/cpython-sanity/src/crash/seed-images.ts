import { buildImage } from "@bayplan/testkit";
import { imageNames, oldVersions } from "./crash-family.ts";
import type { SeededTag } from "./crash-world.ts";

const platforms = ["linux/amd64", "linux/arm64"];

/** What was released before: every old version of every image, and the aliases. The copies have the last one only. */
export async function seedImages(): Promise<readonly SeededTag[]> {
  const seeded = imageNames.map(async (name) => {
    const images = oldVersions.map(async (version) => {
      const image = await buildImage({ platforms, files: { [`opt/${name}`]: version }, index: true });
      const isLast = version === oldVersions.at(-1);
      const tags = isLast ? [version, "3.14t", "latest"] : [version];
      return tags.flatMap((tag): readonly SeededTag[] => [
        { server: "registry", repository: `nascheme/${name}`, tag, image },
        ...(isLast ? [{ server: "copies", repository: `mirror/${name}`, tag, image } as const] : []),
      ]);
    });
    return (await Promise.all(images)).flat();
  });
  return (await Promise.all(seeded)).flat();
}
