import { z } from "zod";
import type { SchemeConfig } from "./create-version-scheme.ts";

const Text = z.string().min(1, "a text that is not empty").max(1000, "at most 1000 characters");
const Texts = z.array(Text).min(1).max(100);
const Policy = z.enum(["reject", "allow"]);

const SchemeObject = z.strictObject({
  name: Text,
  ranges: z.enum(["npm", "flux"]).exactOptional(),
  order: z.enum(["natural", "strict"]).exactOptional(),
  format: Text.exactOptional(),
  padding: z.enum(["declared", "any"]).exactOptional(),
  pattern: Text.exactOptional(),
  parts: Texts.exactOptional(),
}) satisfies z.ZodType<SchemeConfig>;

/** A version scheme in a document: its name, or its name with options. */
export const Scheme = z.union([Text, SchemeObject]);

/** The keys of a scheme with options, to suggest the one that was meant. */
export const schemeKeys: readonly string[] = Object.keys(SchemeObject.shape);

/** The gates that a version request may have. */
export const versionGates = {
  range: Text.exactOptional(),
  channel: z.enum(["stable", "lts", "rc", "beta", "alpha", "prerelease", "dev", "nightly"]).exactOptional(),
  precision: z.number().int().min(1).max(8).exactOptional(),
  ltsOnly: z.boolean().exactOptional(),
  missingTime: z.enum(["hold", "allow"]).exactOptional(),
  variantVersions: z.enum(["keep", "float"]).exactOptional(),
  allow: Texts.exactOptional(),
  deny: Texts.exactOptional(),
  exclude: Texts.exactOptional(),
  deprecated: Policy.exactOptional(),
  endOfLife: Policy.exactOptional(),
};
