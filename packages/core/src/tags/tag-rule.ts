/**
 * One tag an image carries, as data.
 *
 * - `exact`: immutable, names one release. The main one of an image is the first.
 * - `alias`: moving, names the newest release of its line. Its line is every version that renders to the same tag.
 *
 * Templates know `{version}`, `{major}`, `{minor}`, `{patch}` and `{variant}`.
 */
export type TagRule =
  | { readonly kind: "exact"; readonly template: string }
  | { readonly kind: "alias"; readonly template: string };

/** The names that may stand in braces in a tag template. */
export const tagTemplateNames: readonly string[] = ["version", "major", "minor", "patch", "variant"];
