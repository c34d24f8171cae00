import type { Version } from "../version/version-scheme.ts";
import type { TagEvent } from "./tag-event.ts";
import type { TagOrder } from "./tag-rule.ts";

/** What a function that stands for a rule gets to see. */
export interface CustomTagInput {
  readonly version?: Version;
  readonly event?: TagEvent;
  readonly image?: string;
  readonly variant?: string;
}

/** What it says: a tag, or why there is none. The tag gets the suffix of the variant like any other. */
export type CustomTag =
  | { readonly tag: string; readonly mutability: "immutable"; readonly why: string }
  | { readonly tag: string; readonly mutability: "moving"; readonly order: TagOrder; readonly why: string }
  | { readonly skip: string };

/** A rule as a function. Its name is what reports call it. */
export type CustomTags = (input: CustomTagInput) => CustomTag;
