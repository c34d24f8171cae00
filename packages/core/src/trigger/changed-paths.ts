/**
 * The files that differ between two commits. An empty list is a fact; a list that could not be made is not an empty list.
 *
 * - `known`: all of them, both names of a renamed file.
 * - `incomplete`: some of them; whoever listed them stopped early.
 * - `unknown`: there is no list, for example because the other commit is not in a shallow clone.
 */
export type ChangedPaths =
  | { readonly state: "known"; readonly paths: readonly string[] }
  | { readonly state: "incomplete"; readonly paths: readonly string[] }
  | { readonly state: "unknown"; readonly because: string };
