import { z } from "zod";
import { type Instant, isInstant } from "../instant.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { isTag } from "../oci/tag.ts";
import type { Expected } from "../ports/registry.ts";
import type { Reason, Reasons } from "../reason.ts";
import type {
  AwaitImageStep,
  BuildStep,
  LateDigest,
  NodeState,
  Plan,
  PlannedNode,
  TagStep,
  VerifyStep,
} from "./plan.ts";

const Id = z.string().min(1).max(1000);
const DigestText = z.custom<Digest>((value) => typeof value === "string" && isDigest(value), "a digest");
const TagText = z.string().refine(isTag, "a legal tag");
const InstantText = z.custom<Instant>((value) => typeof value === "string" && isInstant(value), "a time");
const Repository = z.strictObject({ registry: z.string().min(1), repository: z.string().min(1) });
const Texts = z.record(z.string(), z.string());
const Late = z.union([
  z.strictObject({ digest: DigestText }),
  z.strictObject({ fromStep: Id }),
]) satisfies z.ZodType<LateDigest>;
const ExpectedValue = z.union([
  z.strictObject({ absent: z.literal(true) }),
  z.strictObject({ digest: DigestText }),
]) satisfies z.ZodType<Expected>;
// Reasons explain and never decide: a code of a newer version is carried along.
const ReasonValue = z.custom<Reason>(
  (value) => typeof value === "object" && value !== null && typeof (value as Reason).code === "string",
  "a reason with a code",
);
const ReasonList = z.tuple([ReasonValue], ReasonValue) satisfies z.ZodType<Reasons>;

const step = { id: Id, dependsOn: z.array(Id), group: Id, node: Id, reasons: ReasonList };
const Build = z.strictObject({
  ...step,
  kind: z.literal("build"),
  image: Id,
  version: Id,
  publish: z.enum(["staged", "direct"]),
  repository: Repository,
  exactTag: TagText,
  dispatch: z.strictObject({ gitRepository: Id.exactOptional(), workflow: Id, ref: Id, inputs: Texts }),
  key: z.strictObject({
    source: Texts,
    args: Texts,
    platforms: z.array(z.strictObject({ platform: Id, bases: z.array(Late) })),
  }),
  bases: z.array(z.strictObject({ name: Id, repository: Repository, target: Late })),
}) satisfies z.ZodType<BuildStep>;
const AwaitImage = z.strictObject({
  ...step,
  kind: z.literal("await-image"),
  build: Id,
  notDigest: ExpectedValue,
  timeoutMs: z.number().positive(),
}) satisfies z.ZodType<AwaitImageStep>;
const Verify = z.strictObject({
  ...step,
  kind: z.literal("verify"),
  repository: Repository,
  target: Late,
  platforms: z.array(Id),
}) satisfies z.ZodType<VerifyStep>;
const Tag = z.strictObject({
  ...step,
  kind: z.literal("tag"),
  repository: Repository,
  target: Late,
  tag: TagText,
  mutability: z.enum(["immutable", "moving"]),
  expected: ExpectedValue,
}) satisfies z.ZodType<TagStep>;

const State = z.discriminatedUnion("state", [
  z.strictObject({ state: z.literal("built"), digest: DigestText }),
  z.strictObject({ state: z.literal("tag-missing"), digest: DigestText }),
  z.strictObject({ state: z.literal("queued") }),
  z.strictObject({ state: z.literal("blocked"), on: Id }),
  z.strictObject({ state: z.literal("unknown") }),
]) satisfies z.ZodType<NodeState>;
const Node = z.strictObject({
  id: Id,
  image: Id,
  version: Id,
  reference: Id,
  bases: z.array(Id),
  state: State,
  key: DigestText.exactOptional(),
  reasons: ReasonList,
  withheld: z.array(z.strictObject({ tag: z.string().exactOptional(), rule: z.string(), reasons: ReasonList })),
}) satisfies z.ZodType<PlannedNode>;

/** A plan as it stands in a file. */
export const PlanDocument = z.strictObject({
  formatVersion: z.literal(1),
  id: DigestText,
  family: Id,
  plannedAt: InstantText,
  expiresAt: InstantText,
  steps: z.array(z.discriminatedUnion("kind", [Build, AwaitImage, Verify, Tag])).max(100_000),
  nodes: z.array(Node).max(100_000),
  unresolved: z.array(z.strictObject({ leg: Id, reasons: ReasonList })),
}) satisfies z.ZodType<Plan>;
