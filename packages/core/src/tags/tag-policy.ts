import { BayplanError } from "../errors.ts";
import type { Instant } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import type { VersionScheme } from "../version/version-scheme.ts";
import type { CustomTags } from "./custom-tags.ts";
import type { KnownTags } from "./known-tags.ts";
import type { TagEvent } from "./tag-event.ts";
import type { TagIntervention } from "./tag-intervention.ts";
import type { TagRule } from "./tag-rule.ts";

/** The rules of an image and how its versions are read. */
export interface TagPolicy {
  /** A function is accepted where a rule is; what it says is judged like the rest. */
  readonly rules: readonly (TagRule | CustomTags)[];
  readonly scheme: VersionScheme;
  /** Kinds of the image that are built side by side, for example per distribution. Default none. */
  readonly variants?: readonly TagVariant[];
  /** Which package of a monorepo the image is. Default: the only one. */
  readonly package?: TagPackage;
  /** Tags that no Git ref may give, beside `latest`, versions and what the rules themselves give. */
  readonly reserved?: readonly string[];
  /** What happens to a tag when what is known does not suffice: it is held (default), or the assignment fails. */
  readonly onUnknown?: "hold" | "fail";
  /** What a rule with an illegal tag does: the assignment fails (default), or the decision says so. */
  readonly onInvalid?: "fail" | "report";
}

/** A kind of the image: its tags end with the suffix; those of the default one also come without. */
export interface TagVariant {
  readonly name: string;
  /** For example `-alpine`. May be empty only for the default one. */
  readonly suffix: string;
  readonly default?: boolean;
}

/** A package of a monorepo: its Git tags begin with a prefix of their own. */
export interface TagPackage {
  readonly name: string;
  /** For example `ui/v` or `@acme/ui@`. Git tags that begin otherwise are those of another package. */
  readonly gitTagPrefix: string;
  /** What every tag of the package begins with, where packages share a repository. Default none. */
  readonly tagPrefix?: string;
}

/** For what tags are wanted, and what is known of those that exist. */
export interface TagContext {
  /** Repository the tags go to, for reasons. */
  readonly repository: string;
  /**
   * Raw text. One the scheme does not understand still gets its exact tag, but moves nothing. Default: the Git tag of
   * the event, where that is a version.
   */
  readonly version?: string;
  readonly known: KnownTags;
  readonly event?: TagEvent;
  /** What a trigger table says: which named rules apply, and whether `latest` may move at all. Default: all, and it may. */
  readonly trigger?: { readonly tags?: readonly string[]; readonly latest?: boolean };
  /** Name of the image, for rules that are only for some, and for `{image}`. */
  readonly image?: string;
  /** Name of the variant that was built. Default: the default one. */
  readonly variant?: string;
  /** The image that is to be tagged, where it exists already. */
  readonly target?: Digest;
  /** What tags show now. A tag that is not named was not asked: nothing is concluded from that. */
  readonly shown?: Readonly<Record<string, ShownTag>>;
  /** Where the commits that moving tags show stand to the new one. A tag that is not named is unknown. */
  readonly ancestry?: Readonly<Record<string, CommitRelation>>;
  /** Holds, freezes and forced moves, each with who and why. */
  readonly interventions?: readonly TagIntervention[];
  /** Now, for interventions that end. Without it a hold lasts and a forced move has ended. */
  readonly now?: Instant;
}

/** What a tag shows now. */
export type ShownTag =
  | { readonly state: "present"; readonly digest: Digest }
  | { readonly state: "absent" }
  | { readonly state: "denied-or-absent" }
  | { readonly state: "unknown"; readonly error: string; readonly message?: string };

/** Where the commit of what a tag shows now stands to the commit that is built. */
export type CommitRelation =
  | { readonly state: "absent" }
  | {
      readonly state: "known";
      readonly commit: string;
      readonly relation: "ancestor" | "same" | "descendant" | "diverged";
    }
  | { readonly state: "unknown"; readonly error: string };

/**
 * The forms a variant's tags have: its suffix, for the default one also nothing. One form without a suffix where the
 * policy knows no variants.
 *
 * @throws BayplanError `INVALID_INPUT` for variants that cannot be told apart and for one the policy does not know.
 */
export function variantForms(
  policy: Pick<TagPolicy, "variants">,
  name: string | undefined,
): { readonly variant?: TagVariant; readonly suffixes: readonly string[] } {
  const { variants = [] } = policy;
  refuseUnclearVariants(variants);
  if (variants.length === 0 && name === undefined) return { suffixes: [""] };
  const variant = variants.find((candidate) =>
    name === undefined ? candidate.default === true : candidate.name === name,
  );
  if (variant === undefined) {
    const known = variants.map((candidate) => candidate.name).join(", ") || "none";
    const asked = name === undefined ? "No variant is named and none is the default" : `There is no variant "${name}"`;
    throw new BayplanError("INVALID_INPUT", `${asked}. The policy knows ${known}.`);
  }
  return { variant, suffixes: variant.default === true ? [...new Set(["", variant.suffix])] : [variant.suffix] };
}

function refuseUnclearVariants(variants: readonly TagVariant[]): void {
  const isTwice = (values: readonly string[]) => new Set(values).size < values.length;
  const bad = variants.find(({ suffix }) => !/^[A-Za-z0-9._-]*$/.test(suffix));
  const plain = variants.find((variant) => variant.suffix === "" && variant.default !== true);
  const wrong =
    bad !== undefined
      ? `the suffix of ${bad.name} has characters that tags cannot have`
      : plain !== undefined
        ? `${plain.name} has no suffix and is not the default one`
        : isTwice(variants.map(({ name }) => name)) || isTwice(variants.map(({ suffix }) => suffix))
          ? "two have one name or one suffix"
          : variants.filter((variant) => variant.default === true).length > 1
            ? "more than one is the default"
            : undefined;
  if (wrong === undefined) return;
  throw new BayplanError("INVALID_INPUT", `The variants of the tag policy are unclear: ${wrong}.`);
}
