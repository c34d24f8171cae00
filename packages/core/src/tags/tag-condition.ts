import type { Reason } from "../reason.ts";
import { compileNameFilter } from "../trigger/name-filter.ts";
import { readRef, type TagEvent } from "./tag-event.ts";

/**
 * When a rule applies, in the words of a trigger table. Everything that is said must hold; what is not known does not
 * hold.
 */
export interface TagCondition {
  /** Names of events. */
  readonly events?: readonly string[];
  /** What the ref names. */
  readonly refKind?: "branch" | "tag" | "pull";
  /** GitHub filter patterns for the branch. */
  readonly branches?: readonly string[];
  /** GitHub filter patterns for the Git tag. */
  readonly tags?: readonly string[];
  /** Whether the ref is the default branch. */
  readonly defaultBranch?: boolean;
  /** Whether the event comes from another repository. */
  readonly fork?: boolean;
  /** Whether the version is a pre-release. */
  readonly prerelease?: boolean;
  /** Inputs of the run, each exactly so, compared as texts. */
  readonly inputs?: Readonly<Record<string, string | boolean>>;
}

/** What a condition is held against. */
export interface ConditionFacts {
  readonly event: TagEvent | undefined;
  /** `undefined`: there is no version, or it is not understood. */
  readonly isPrerelease: boolean | undefined;
}

type Check = readonly [part: keyof TagCondition, wanted: string, found: string | undefined, holds: boolean];

/** Why none of the conditions holds; `undefined` when one does, or none was given. The last one's first failed part. */
export function unmetCondition(
  when: TagCondition | readonly TagCondition[] | undefined,
  facts: ConditionFacts,
): Reason | undefined {
  if (when === undefined) return undefined;
  const conditions: readonly TagCondition[] = Array.isArray(when) ? when : [when];
  let reason: Reason | undefined = { code: "condition-not-met", condition: "when", wanted: "one condition" };
  for (const condition of conditions) {
    const failed = checksOf(condition, facts).find(([, , , holds]) => !holds);
    if (failed === undefined) return undefined;
    const [part, wanted, found] = failed;
    reason = { code: "condition-not-met", condition: part, wanted, ...(found === undefined ? {} : { found }) };
  }
  return reason;
}

function checksOf(condition: TagCondition, { event, isPrerelease }: ConditionFacts): readonly Check[] {
  const ref = event?.ref === undefined ? undefined : readRef(event.ref);
  const branch = ref?.kind === "branch" ? ref.name : undefined;
  const isDefault =
    ref === undefined || event?.defaultBranch === undefined ? undefined : branch === event.defaultBranch;
  const { inputs = {} } = condition;
  return [
    ...oneOf("events", condition.events, event?.name),
    ...oneOf("refKind", condition.refKind === undefined ? undefined : [condition.refKind], ref?.kind),
    ...filtered("branches", condition.branches, branch),
    ...filtered("tags", condition.tags, ref?.kind === "tag" ? ref.name : undefined),
    ...flag("defaultBranch", condition.defaultBranch, isDefault),
    ...flag("fork", condition.fork, event?.isFork),
    ...flag("prerelease", condition.prerelease, isPrerelease),
    ...Object.entries(inputs).map(([name, wanted]): Check => {
      const given = event?.inputs ?? {};
      const found = Object.hasOwn(given, name) ? String(given[name]) : undefined;
      const text = found === undefined ? undefined : `${name}: ${found}`;
      return ["inputs", `${name}: ${wanted}`, text, found === String(wanted)];
    }),
  ];
}

function oneOf(
  part: keyof TagCondition,
  wanted: readonly string[] | undefined,
  found: string | undefined,
): readonly Check[] {
  if (wanted === undefined) return [];
  return [[part, wanted.join(", "), found, found !== undefined && wanted.includes(found)]];
}

function filtered(
  part: "branches" | "tags",
  wanted: readonly string[] | undefined,
  found: string | undefined,
): readonly Check[] {
  if (wanted === undefined) return [];
  const filter = compileNameFilter(wanted, { label: `condition "${part}" of a tag rule` });
  return [[part, wanted.join(", "), found, found !== undefined && filter.judge(found).isMatch]];
}

function flag(part: keyof TagCondition, wanted: boolean | undefined, found: boolean | undefined): readonly Check[] {
  if (wanted === undefined) return [];
  return [[part, String(wanted), found === undefined ? undefined : String(found), found === wanted]];
}
