/** What is known of the tags in a repository. Only a complete listing may decide that something is the highest. */
export type KnownTags =
  | { readonly state: "complete"; readonly tags: readonly string[] }
  | { readonly state: "unknown"; readonly error: string };
