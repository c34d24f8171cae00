import { z } from "zod";
import type { FailurePolicy } from "../definition/family-config.ts";
import { type Instant, isInstant } from "../instant.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { isTag } from "../oci/tag.ts";
import type { Expected } from "../ports/registry.ts";
import type { Reason, Reasons } from "../reason.ts";
import type {
  AwaitImageStep,
  BuildStep,
  CopyStep,
  DeleteStep,
  LateDigest,
  NodeState,
  Plan,
  PlannedCleanUp,
  PlannedDispatch,
  PlannedNode,
  PreflightStep,
  TagStep,
  TestStep,
  UntagStep,
  VerifyStep,
  WithheldPlanTag,
} from "./plan.ts";

const Id = z.string().min(1).max(1000);
const DigestText = z.custom<Digest>((value) => typeof value === "string" && isDigest(value), "a digest");
const TagText = z.string().refine(isTag, "a legal tag");
const InstantText = z.custom<Instant>((value) => typeof value === "string" && isInstant(value), "a time");
const Repository = z.strictObject({ registry: z.string().min(1), repository: z.string().min(1) });
/** A list that is looked into only while it is short enough: each wrong member is an issue of its own. */
const list = <Item extends z.ZodType>(item: Item, longest = 1000) =>
  z
    .custom<unknown[]>((value) => Array.isArray(value) && value.length <= longest, `a list of at most ${longest}`)
    .pipe(z.array(item));
const Ids = z.custom<readonly string[]>(
  (value) => Array.isArray(value) && value.every((id) => typeof id === "string" && id !== "" && id.length <= 1000),
  "a list of names of at most 1000 characters",
);
// Not a record of the schema: that would be one issue for each member, and would copy a member called `__proto__` wrongly.
const Texts = z.custom<Readonly<Record<string, string>>>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === "string"),
  "texts by name",
);
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
const ReasonList = z
  .custom<unknown[]>((value) => Array.isArray(value) && value.length <= 1000, "a list of at most 1000")
  .pipe(z.tuple([ReasonValue], ReasonValue)) satisfies z.ZodType<Reasons>;

const step = { id: Id, dependsOn: Ids, group: Id, node: Id, reasons: ReasonList };
const Dispatch = z.strictObject({
  gitRepository: Id.exactOptional(),
  workflow: Id,
  ref: Id,
  inputs: Texts,
}) satisfies z.ZodType<PlannedDispatch>;
const Build = z.strictObject({
  ...step,
  kind: z.literal("build"),
  image: Id,
  version: Id,
  publish: z.enum(["staged", "direct"]),
  repository: Repository,
  exactTag: TagText,
  dispatch: Dispatch,
  key: z.strictObject({
    source: Texts,
    args: Texts,
    platforms: list(z.strictObject({ platform: Id, bases: list(Late) })),
  }),
  bases: list(z.strictObject({ name: Id, repository: Repository, target: Late })),
  replaces: DigestText.exactOptional(),
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
  platforms: Ids,
}) satisfies z.ZodType<VerifyStep>;
const Test = z.strictObject({
  ...step,
  kind: z.literal("test"),
  repository: Repository,
  target: Late,
  dispatch: Dispatch,
  timeoutMs: z.number().positive(),
}) satisfies z.ZodType<TestStep>;
const Copy = z.strictObject({
  ...step,
  kind: z.literal("copy"),
  from: Repository,
  repository: Repository,
  target: Late,
}) satisfies z.ZodType<CopyStep>;
const written = {
  repository: Repository,
  target: Late,
  tag: TagText,
  mutability: z.enum(["immutable", "moving"]),
  expected: ExpectedValue,
};
const Preflight = z.strictObject({
  ...step,
  kind: z.literal("preflight"),
  tags: list(z.strictObject(written), 100_000),
}) satisfies z.ZodType<PreflightStep>;
const Tag = z.strictObject({ ...step, kind: z.literal("tag"), ...written }) satisfies z.ZodType<TagStep>;
const Untag = z.strictObject({
  ...step,
  kind: z.literal("untag"),
  repository: Repository,
  tag: TagText,
  expected: DigestText,
}) satisfies z.ZodType<UntagStep>;
const Delete = z.strictObject({
  ...step,
  kind: z.literal("delete"),
  repository: Repository,
  digest: DigestText,
  expected: z.strictObject({
    tags: list(TagText, 100_000),
    parents: list(DigestText, 100_000),
    referrers: list(DigestText, 100_000).exactOptional(),
  }),
}) satisfies z.ZodType<DeleteStep>;
const Groups = z.custom<Readonly<Record<string, FailurePolicy>>>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((policy) => ["independent", "fail-fast", "gate"].includes(policy)),
  "failure policies by group",
);

const State = z.discriminatedUnion("state", [
  z.strictObject({ state: z.literal("built"), digest: DigestText }),
  z.strictObject({ state: z.literal("tag-missing"), digest: DigestText }),
  z.strictObject({ state: z.literal("queued") }),
  z.strictObject({ state: z.literal("blocked"), on: Id }),
  z.strictObject({ state: z.literal("unknown") }),
]) satisfies z.ZodType<NodeState>;
const Withheld = z.strictObject({
  tag: z.string().exactOptional(),
  rule: z.string(),
  repository: Id.exactOptional(),
  reasons: ReasonList,
}) satisfies z.ZodType<WithheldPlanTag>;
const Node = z.strictObject({
  id: Id,
  image: Id,
  version: Id,
  reference: Id,
  bases: Ids,
  state: State,
  key: DigestText.exactOptional(),
  reasons: ReasonList,
  withheld: list(Withheld, 10_000),
}) satisfies z.ZodType<PlannedNode>;

const CleanUp = z.strictObject({
  repository: Id,
  manifests: z.int().min(0),
  keeps: z.int().min(0),
  stopped: z.custom<unknown[]>((value) => Array.isArray(value), "a list").pipe(z.array(ReasonValue)),
  refused: list(z.strictObject({ digest: DigestText, tag: TagText.exactOptional(), reasons: ReasonList }), 1000),
  moreRefused: z.int().min(1).exactOptional(),
  notices: list(
    z.strictObject({ code: z.enum(["matched-nothing", "not-judged"]), path: z.string(), text: z.string() }),
  ).exactOptional(),
}) satisfies z.ZodType<PlannedCleanUp>;

const Many = z.custom<readonly unknown[]>((value) => Array.isArray(value) && value.length <= 1_000_000, "a list");

/** A plan as it stands in a file, its lists unread: those are read one member after the other. */
export const PlanHead = z.strictObject({
  formatVersion: z.literal(1),
  id: DigestText,
  family: Id,
  plannedAt: InstantText,
  expiresAt: InstantText,
  steps: Many,
  nodes: Many,
  unresolved: Many,
  groups: Groups.exactOptional(),
  leftOut: Ids.exactOptional(),
  cleanUps: list(CleanUp).exactOptional(),
  rollsBack: DigestText.exactOptional(),
}) satisfies z.ZodType<Omit<Plan, "steps" | "nodes" | "unresolved">>;

/** What the lists of a plan hold. */
export const PlanMembers = {
  steps: z.discriminatedUnion("kind", [
    Build,
    AwaitImage,
    Verify,
    Test,
    Copy,
    Preflight,
    Tag,
    Untag,
    Delete,
  ]) satisfies z.ZodType<Plan["steps"][number]>,
  nodes: Node,
  unresolved: z.strictObject({ leg: Id, reasons: ReasonList }) satisfies z.ZodType<Plan["unresolved"][number]>,
};
