import { BayplanError } from "../errors.ts";
import { type Instant, instantFromMs } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";

/** What of an image is described by the usual keys; what is not known gets no key. */
export interface LabelFacts {
  readonly title?: string;
  readonly description?: string;
  readonly url?: string;
  readonly source?: string;
  readonly documentation?: string;
  readonly vendor?: string;
  readonly authors?: string;
  /** SPDX expression. */
  readonly licenses?: string;
  readonly version?: string;
  /** Full name of the commit. */
  readonly revision?: string;
  readonly refName?: string;
  readonly base?: { readonly name: string; readonly digest?: Digest };
  /** When the commit was made. */
  readonly committedAt?: Instant;
  /** Value of SOURCE_DATE_EPOCH: seconds, as a text or a number. */
  readonly sourceDateEpoch?: string | number;
  readonly now?: Instant;
}

/** Values by key; `null` takes the key away. */
export type LabelChanges = Readonly<Record<string, string | null>>;

/** How labels and annotations come about. */
export interface LabelPolicy {
  /** Whether the usual `org.opencontainers.image.*` keys are given. Default true. */
  readonly defaults?: boolean;
  /**
   * Where `created` comes from. `commit` (default) and `source-date-epoch` give the same bytes for the same commit;
   * `now` does not. A source that is not known gives no `created`.
   */
  readonly created?: "commit" | "source-date-epoch" | "now" | "none";
  /** Changes to labels and to annotations of every level. */
  readonly set?: LabelChanges;
  /** Changes to labels of the image's configuration only. */
  readonly labels?: LabelChanges;
  /** Which manifests are annotated, and changes for one level only. Default: `manifest` and `index`, no changes. */
  readonly annotations?: Readonly<Partial<Record<AnnotationLevel, LabelChanges>>>;
}

/** What an annotation stands on, in BuildKit's words. */
export type AnnotationLevel = "manifest" | "index" | "manifest-descriptor" | "index-descriptor";

/** Labels, and annotations per level, keys in order. */
export interface LabelAssignment {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Partial<Record<AnnotationLevel, Readonly<Record<string, string>>>>>;
}

/**
 * The labels and annotations of an image. Values are taken as they are: nothing is escaped, and several lines are fine.
 *
 * @throws BayplanError `INVALID_INPUT` for an empty key, one with a line break or `=`, and a SOURCE_DATE_EPOCH that is no
 * number of seconds.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md
 */
export function assignLabels(facts: LabelFacts, policy: LabelPolicy = {}): LabelAssignment {
  const usual = policy.defaults === false ? {} : usualLabels(facts, policy.created ?? "commit");
  const common = changed(usual, policy.set ?? {});
  const levels = Object.entries(policy.annotations ?? { manifest: {}, index: {} }) as [AnnotationLevel, LabelChanges][];
  return {
    labels: sorted(changed(common, policy.labels ?? {})),
    annotations: Object.fromEntries(levels.map(([level, changes]) => [level, sorted(changed(common, changes))])),
  };
}

function usualLabels(
  facts: LabelFacts,
  created: NonNullable<LabelPolicy["created"]>,
): Readonly<Record<string, string>> {
  const values: Readonly<Record<string, string | undefined>> = {
    ...{ title: facts.title, description: facts.description, url: facts.url, source: facts.source },
    ...{ documentation: facts.documentation, vendor: facts.vendor, authors: facts.authors },
    ...{ licenses: facts.licenses, version: facts.version, revision: facts.revision, "ref.name": facts.refName },
    ...{ "base.name": facts.base?.name, "base.digest": facts.base?.digest, created: createdAt(facts, created) },
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      value === undefined || value === "" ? [] : [[`org.opencontainers.image.${key}`, value]],
    ),
  );
}

function createdAt(facts: LabelFacts, from: NonNullable<LabelPolicy["created"]>): string | undefined {
  if (from === "commit") return facts.committedAt;
  if (from === "now") return facts.now;
  if (from === "none" || facts.sourceDateEpoch === undefined) return undefined;
  const text = String(facts.sourceDateEpoch);
  // Up to the year 9999, which is as far as RFC 3339 goes.
  if (/^\d{1,12}$/.test(text) && Number(text) <= 253_402_300_799) return instantFromMs(Number(text) * 1000);
  const message = `SOURCE_DATE_EPOCH is ${JSON.stringify(text.slice(0, 40))}. Write whole seconds since 1970, for example 1764547200.`;
  throw new BayplanError("INVALID_INPUT", message);
}

function changed(values: Readonly<Record<string, string>>, changes: LabelChanges): Readonly<Record<string, string>> {
  for (const key of Object.keys(changes)) {
    if (key !== "" && !/[\r\n=]/.test(key)) continue;
    throw new BayplanError(
      "INVALID_INPUT",
      `${JSON.stringify(key)} cannot be the key of a label: it is empty or has = or a line break.`,
    );
  }
  const merged: Record<string, string | null> = { ...values, ...changes };
  return Object.fromEntries(Object.entries(merged).flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
}

/** By code units, not by a locale: the same on every machine. */
function sorted(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).sort(([left], [right]) => (left < right ? -1 : 1)));
}
