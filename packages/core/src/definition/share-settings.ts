import type { ImageDefinition } from "./family.ts";

/**
 * The same images with one object for all inputs that are equal, and so for tags and platforms. Of thousands of images
 * most have the family's: what is worked out of one is then known for all, and planning remembers it by the object.
 */
export function shareSettings(images: readonly ImageDefinition[]): readonly ImageDefinition[] {
  const [inputs, tags, platforms] = [sharer(), sharer(), sharer()];
  return images.map((image) => ({
    ...image,
    inputs: inputs(image.inputs),
    tags: tags(image.tags),
    platforms: platforms(image.platforms),
  }));
}

/** Compares as text: settings are plain data. */
function sharer(): <Value>(value: Value) => Value {
  const known = new Map<string, unknown>();
  return <Value>(value: Value) => {
    const text = JSON.stringify(value);
    if (!known.has(text)) known.set(text, value);
    return known.get(text) as Value;
  };
}
