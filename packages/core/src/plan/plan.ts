import type { FailurePolicy } from "../definition/family-config.ts";
import type { Instant } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { DeleteExpectation, Expected } from "../ports/registry.ts";
import type { Reason, Reasons } from "../reason.ts";

/** A digest known now, or the digest that an earlier step will have produced. */
export type LateDigest = { readonly digest: Digest } | { readonly fromStep: string };

/** A base of a build: the reference `registry/repository@digest` that fills `{base}` and `{base:name}`. */
export interface LateBase {
  /** The image's name, or the external reference. */
  readonly name: string;
  readonly repository: RepositoryName;
  readonly target: LateDigest;
}

/** What a build's key is made of; bases that are not born yet are bound while executing. */
export interface LateKeyInput {
  readonly source: Readonly<Record<string, string>>;
  readonly args: Readonly<Record<string, string>>;
  readonly platforms: readonly { readonly platform: string; readonly bases: readonly LateDigest[] }[];
}

interface StepBase {
  readonly id: string;
  /** Steps that must be done first. */
  readonly dependsOn: readonly string[];
  /** Tag moves of one group are never interrupted. How it takes a failure stands in `Plan.groups`. */
  readonly group: string;
  /** The node (`image@version`) the step is for. */
  readonly node: string;
  readonly reasons: Reasons;
}

/** Which workflow runs, with what. */
export interface PlannedDispatch {
  /** `owner/name`. Absent: the CI adapter's own. */
  readonly gitRepository?: string;
  readonly workflow: string;
  readonly ref: string;
  /** May still hold what is only known while executing, as `{destination}`, `{base}`, `{base:name}` or `{tested}`. */
  readonly inputs: Readonly<Record<string, string>>;
}

/** Starts the workflow that builds an image. Done when its run exists. */
export interface BuildStep extends StepBase {
  readonly kind: "build";
  readonly image: string;
  readonly version: string;
  readonly publish: "staged" | "direct";
  readonly repository: RepositoryName;
  /** The tag the workflow itself pushes when it publishes directly. */
  readonly exactTag: string;
  readonly dispatch: PlannedDispatch;
  readonly key: LateKeyInput;
  readonly bases: readonly LateBase[];
  /** The image that the build takes the place of; absent where there is none. */
  readonly replaces?: Digest;
}

/** Waits for a build's run and for what it pushed. */
export interface AwaitImageStep extends StepBase {
  readonly kind: "await-image";
  /** The build step whose run is followed. */
  readonly build: string;
  /** What was there before: the image that is waited for is another one. */
  readonly notDigest: Expected;
  readonly timeoutMs: number;
}

/** Checks that an image has all its platforms. */
export interface VerifyStep extends StepBase {
  readonly kind: "verify";
  readonly repository: RepositoryName;
  readonly target: LateDigest;
  /** Each must be there; others may. */
  readonly platforms: readonly string[];
}

/** Writes the same bytes under a tag. */
export interface TagStep extends StepBase {
  readonly kind: "tag";
  readonly repository: RepositoryName;
  readonly target: LateDigest;
  readonly tag: string;
  readonly mutability: "immutable" | "moving";
  readonly expected: Expected;
}

/** Runs a workflow that tests an image under its digest, and waits for it. */
export interface TestStep extends StepBase {
  readonly kind: "test";
  readonly repository: RepositoryName;
  readonly target: LateDigest;
  /** `{tested}` is the image's `registry/repository@digest`. */
  readonly dispatch: PlannedDispatch;
  readonly timeoutMs: number;
}

/** Copies an image into another repository, with everything it consists of and what refers to it. */
export interface CopyStep extends StepBase {
  readonly kind: "copy";
  readonly from: RepositoryName;
  readonly repository: RepositoryName;
  readonly target: LateDigest;
}

/** A tag that a release group will write. */
export type PreflightTag = Pick<TagStep, "repository" | "target" | "tag" | "mutability" | "expected">;

/** Looks at all tags of a release group before the first of them is written. */
export interface PreflightStep extends StepBase {
  readonly kind: "preflight";
  readonly tags: readonly PreflightTag[];
}

/** Takes a tag away while its image stays. Its `node` is the repository. */
export interface UntagStep extends StepBase {
  readonly kind: "untag";
  readonly repository: RepositoryName;
  readonly tag: string;
  readonly expected: Digest;
}

/** Deletes a manifest with all its tags. Its `node` is the repository, its `group` the unit it goes with. */
export interface DeleteStep extends StepBase {
  readonly kind: "delete";
  readonly repository: RepositoryName;
  readonly digest: Digest;
  /** What the plan saw, and what must still be so. */
  readonly expected: DeleteExpectation;
}

/** One action of a plan. */
export type Step =
  | BuildStep
  | AwaitImageStep
  | VerifyStep
  | TestStep
  | CopyStep
  | PreflightStep
  | TagStep
  | UntagStep
  | DeleteStep;

/**
 * Where a node stands. `built`: nothing to do for the image itself; `tag-missing`: the right image exists, only tags
 * are to be added; `queued`: it will be built; `blocked`: something it is built on cannot be had; `unknown`: the
 * registry did not say, so nothing is done.
 */
export type NodeState =
  | { readonly state: "built"; readonly digest: Digest }
  | { readonly state: "tag-missing"; readonly digest: Digest }
  | { readonly state: "queued" }
  | { readonly state: "blocked"; readonly on: string }
  | { readonly state: "unknown" };

/** A tag that a node does not get now. */
export interface WithheldPlanTag {
  /** Absent when the rule could not be filled in. */
  readonly tag?: string;
  readonly rule: string;
  /** Of a copy, as `registry/repository`. Absent: where the image is built, or everywhere. */
  readonly repository?: string;
  readonly reasons: Reasons;
}

/** One image at one version, and what the plan makes of it. */
export interface PlannedNode {
  /** `image@version`. */
  readonly id: string;
  readonly image: string;
  readonly version: string;
  /** The exact tag's reference. */
  readonly reference: string;
  /** Nodes it is built on. */
  readonly bases: readonly string[];
  readonly state: NodeState;
  /** The key of its build, where it is missing and all its bases are known now; else it follows while executing. */
  readonly key?: Digest;
  readonly reasons: Reasons;
  /** Tags the rules name and the node may not carry now. */
  readonly withheld: readonly WithheldPlanTag[];
}

/** What a clean-up comes to in one repository, beside its `untag` and `delete` steps. */
export interface PlannedCleanUp {
  /** `registry/repository`. */
  readonly repository: string;
  /** How many manifests the plan saw, and how many of them stay. */
  readonly manifests: number;
  readonly keeps: number;
  /** Why nothing is removed at all. Empty: nothing stopped it. */
  readonly stopped: readonly Reason[];
  /** What the rules would take and something forbids: the first thousand. */
  readonly refused: readonly { readonly digest: Digest; readonly tag?: string; readonly reasons: Reasons }[];
  /** How many more of them there are. */
  readonly moreRefused?: number;
  /** Parts of the policy that did nothing, which is often a mistake in it: where, what, and whether it fits no tag. */
  readonly notices?: readonly {
    readonly code: "matched-nothing" | "not-judged";
    readonly path: string;
    readonly text: string;
  }[];
}

/** Plain JSON: a bot can print it, a reviewer can diff it, another process can execute it. */
export interface Plan {
  readonly formatVersion: 1;
  /** Digest of the plan's canonical JSON without this field. */
  readonly id: Digest;
  readonly family: string;
  readonly plannedAt: Instant;
  readonly expiresAt: Instant;
  /** In an order in which they could run one by one. */
  readonly steps: readonly Step[];
  readonly nodes: readonly PlannedNode[];
  /** Legs for which no version could be chosen. */
  readonly unresolved: readonly { readonly leg: string; readonly reasons: Reasons }[];
  /** How release groups take a failure. A group that is not here: `independent`. */
  readonly groups?: Readonly<Record<string, FailurePolicy>>;
  /** Nodes of the family that the plan is not about, where it was made for some only. */
  readonly leftOut?: readonly string[];
  /** The repositories that are cleaned up, where the plan removes something or says why not. */
  readonly cleanUps?: readonly PlannedCleanUp[];
  /** The id of the plan that is taken back: nothing but moving tags goes back to what it showed. */
  readonly rollsBack?: Digest;
}
