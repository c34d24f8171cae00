import { z } from "zod";
import { cacheModes } from "./cache-mode.ts";
import type { FactState, TriggerTable } from "./trigger-table.ts";

const Name = z.string().min(1).max(200);
const Names = z.array(Name).min(1).max(1000);
const Patterns = z.array(z.string().min(1).max(1000)).min(1).max(1000);
const Text = z.string().max(10_000);
const Scalar = z.union([Text, z.boolean()]);
const Fact = z.enum(["yes", "no", "unknown"]) satisfies z.ZodType<FactState>;
const CacheName = z.enum(cacheModes);

const Condition = z.strictObject({
  events: Names.exactOptional(),
  types: Names.exactOptional(),
  repositories: z
    .array(z.string().regex(/^[^/\s]+\/[^/\s]+$/, "owner/name"))
    .min(1)
    .exactOptional(),
  refKind: z.enum(["branch", "tag"]).exactOptional(),
  defaultBranch: z.boolean().exactOptional(),
  fork: z.boolean().exactOptional(),
  schedules: Names.exactOptional(),
  inputs: z.record(Name, z.union([Scalar, z.array(Scalar).min(1)])).exactOptional(),
  facts: z.record(Name, z.union([Fact, z.array(Fact).min(1)])).exactOptional(),
  branches: Patterns.exactOptional(),
  branchesIgnore: Patterns.exactOptional(),
  tags: Patterns.exactOptional(),
  tagsIgnore: Patterns.exactOptional(),
  paths: Patterns.exactOptional(),
  pathsIgnore: Patterns.exactOptional(),
});
const Settings = z.strictObject({
  build: z.boolean().exactOptional(),
  test: z.boolean().exactOptional(),
  push: z.boolean().exactOptional(),
  tags: z.array(Name).max(1000).exactOptional(),
  latest: z.boolean().exactOptional(),
  cache: CacheName.exactOptional(),
  pushCache: CacheName.exactOptional(),
  cleanup: z.array(Name).max(1000).exactOptional(),
  values: z.record(Name, Text).exactOptional(),
});
const Row = z.strictObject({ name: Name, when: Condition.exactOptional(), set: Settings });

/** A trigger table as a document. Unknown keys are errors. */
export const TriggerTableDocument = z.strictObject({
  rows: z.array(Row).min(1).max(1000),
}) satisfies z.ZodType<TriggerTable>;
