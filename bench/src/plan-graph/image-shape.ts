import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A family of images as names, references and edges, wherever it comes from. */
export interface ImageShape {
  /** Where it comes from, for people. */
  readonly origin: string;
  readonly images: readonly ShapedImage[];
}

/** One image of a shape. */
export interface ShapedImage {
  readonly name: string;
  readonly platforms: readonly string[];
  readonly references: readonly string[];
  readonly sharedReferences: readonly string[];
  readonly bases: readonly {
    readonly reference: string;
    readonly platforms: readonly string[];
    readonly stage: "final" | "build";
  }[];
}

interface Document {
  readonly nodes: readonly {
    readonly id: string;
    readonly repo: string;
    readonly tags: readonly string[];
    readonly sharedTags: readonly string[];
    readonly arches: readonly string[];
  }[];
  readonly edges: readonly {
    readonly child: string;
    readonly via: string;
    readonly arches: readonly string[];
    readonly final: boolean;
  }[];
}

/** The Docker Official Images from the measured data beside the project, or something of their size where there are none. */
export function readImageShape(path: string): ImageShape {
  if (!existsSync(path)) return { origin: "synthetic, of the shape of the official images", images: synthetic() };
  const { nodes, edges } = JSON.parse(gunzipSync(readFileSync(path)).toString("utf8")) as Document;
  const bases = new Map<string, ShapedImage["bases"][number][]>(nodes.map(({ id }) => [id, []]));
  for (const { child, via, arches, final } of edges)
    bases.get(child)?.push({ reference: via, platforms: arches, stage: final ? "final" : "build" });
  const images = nodes.map(({ id, repo, tags, sharedTags, arches }): ShapedImage => {
    const named = (names: readonly string[]) => names.map((tag) => `${repo}:${tag}`);
    return {
      name: id,
      platforms: arches,
      references: named(tags),
      sharedReferences: named(sharedTags),
      bases: bases.get(id) ?? [],
    };
  });
  return { origin: "the Docker Official Images", images };
}

/** The same family several times beside itself. */
export function repeatShape(shape: ImageShape, times: number): readonly ShapedImage[] {
  const copies = Array.from({ length: times }, (_, copy) => {
    const own = (text: string) => (times === 1 ? text : `${copy}.${text}`);
    return shape.images.map((image) => ({
      ...image,
      name: own(image.name),
      references: image.references.map(own),
      sharedReferences: image.sharedReferences.map(own),
      bases: image.bases.map((base) => ({ ...base, reference: own(base.reference) })),
    }));
  });
  // As if read from a file: texts that were just put together would be flattened while they are measured.
  return JSON.parse(JSON.stringify(copies.flat())) as readonly ShapedImage[];
}

/** Six levels of 450, 642, 547, 183, 48 and 16 images, four platforms and four or five references each. */
function synthetic(): readonly ShapedImage[] {
  const platforms = ["amd64", "arm64v8", "ppc64le", "s390x"];
  const widths = [450, 642, 547, 183, 48, 16];
  return widths.flatMap((width, level) =>
    Array.from({ length: width }, (_, place): ShapedImage => {
      const below = widths[level - 1];
      // A few bases carry most of what is above them, as Alpine and Debian do.
      const base = below === undefined ? [] : [{ reference: `l${level - 1}:${(place * place) % below}.0` }];
      return {
        name: `l${level}-${place}`,
        platforms,
        references: Array.from({ length: place % 2 === 0 ? 4 : 5 }, (_, tag) => `l${level}:${place}.${tag}`),
        sharedReferences: [],
        bases: base.map((entry) => ({ ...entry, platforms, stage: "final" })),
      };
    }),
  );
}
