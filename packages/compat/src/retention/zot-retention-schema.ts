import { compilePattern, isBayplanError, type Problem } from "@bayplan/core";
import { z } from "zod";
import { doublestarTest } from "./doublestar.ts";
import { goDurationMs } from "./go-duration.ts";
import { readInputs, refuseInputs } from "./read-inputs.ts";

const Duration = z.string().transform((text, context) => {
  const milliseconds = goDurationMs(text);
  if (milliseconds !== undefined) return milliseconds;
  context.addIssue({ code: "custom", message: "a duration such as 24h or 1h30m" });
  return z.NEVER;
});
const Count = z.int("a whole number").min(0, "a whole number, 0 or more");
const limits = {
  pulledWithin: Duration.nullable().exactOptional(),
  pushedWithin: Duration.nullable().exactOptional(),
  mostRecentlyPulledCount: Count.exactOptional(),
  mostRecentlyPushedCount: Count.exactOptional(),
};
const KeepTags = z.strictObject({ patterns: z.array(z.string()).nullable().exactOptional(), ...limits });
const KeepUntagged = z.strictObject(limits);
const Policy = z.strictObject({
  repositories: z.array(z.string()).exactOptional(),
  deleteReferrers: z.boolean().exactOptional(),
  deleteUntagged: z.boolean().nullable().exactOptional(),
  keepTags: z.array(KeepTags).nullable().exactOptional(),
  keepUntagged: KeepUntagged.nullable().exactOptional(),
});
const Retention = z.strictObject({
  dryRun: z.boolean().exactOptional(),
  delay: Duration.exactOptional(),
  policies: z.array(Policy).exactOptional(),
});

/** What keeps a tag or an untagged manifest; any of it is enough. Times in milliseconds; what is absent does not count. */
export interface ZotLimits {
  readonly pulledWithinMs: number | undefined;
  readonly pushedWithinMs: number | undefined;
  readonly pulledCount: number | undefined;
  readonly pushedCount: number | undefined;
}

/** One entry of `keepTags`. */
export interface ZotKeepTags extends ZotLimits {
  /** Found anywhere in a tag; none fits every tag. */
  readonly patterns: readonly string[];
}

/** What zot does with one repository. */
export interface ZotConfig {
  readonly isDryRun: boolean;
  readonly delayMs: number;
  readonly deleteReferrers: boolean;
  readonly deleteUntagged: boolean;
  /** Empty: all tags stay. */
  readonly keepTags: readonly ZotKeepTags[];
  readonly keepUntagged: ZotLimits | undefined;
  /** Whether a policy is about the repository at all. */
  readonly isCovered: boolean;
}

const what = "zot retention";
const defaultDelayMs = 24 * 3600 * 1000;

/**
 * Reads the section `storage.retention` for one repository. Keys count in any case, as in zot.
 *
 * @throws BayplanError `INVALID_INPUT` with everything for which zot does not start.
 */
export function readZotRetention(retention: unknown, repository: string): ZotConfig {
  const {
    dryRun = false,
    delay = defaultDelayMs,
    policies = [],
  } = readInputs(Retention, sameCase(retention), { what });
  const problems: Problem[] = [];
  for (const [index, { repositories = [], keepTags }] of policies.entries()) {
    const at = `policies[${index}]`;
    for (const pattern of repositories) {
      if (doublestarTest(pattern) !== undefined) continue;
      problems.push({ path: `${at}.repositories`, found: JSON.stringify(pattern), expected: "expected a glob" });
    }
    for (const source of (keepTags ?? []).flatMap(({ patterns }) => patterns ?? [])) {
      if (isRe2(source)) continue;
      const expected = "expected a regular expression of RE2";
      problems.push({ path: `${at}.keepTags`, found: JSON.stringify(source), expected });
    }
  }
  if (problems.length > 0) throw refuseInputs(what, problems);
  const policy = policies.find(({ repositories = [] }) =>
    repositories.some((pattern) => doublestarTest(pattern)?.(repository) === true),
  );
  return {
    isDryRun: dryRun,
    delayMs: delay,
    deleteReferrers: policy?.deleteReferrers ?? false,
    deleteUntagged: policy?.deleteUntagged ?? true,
    keepTags: (policy?.keepTags ?? []).map((entry) => ({ patterns: entry.patterns ?? [], ...limitsOf(entry) })),
    keepUntagged: policy?.keepUntagged == null ? undefined : limitsOf(policy.keepUntagged),
    isCovered: policy !== undefined,
  };
}

function limitsOf(entry: z.output<typeof KeepUntagged>): ZotLimits {
  return {
    pulledWithinMs: entry.pulledWithin ?? undefined,
    pushedWithinMs: entry.pushedWithin ?? undefined,
    pulledCount: entry.mostRecentlyPulledCount || undefined,
    pushedCount: entry.mostRecentlyPushedCount || undefined,
  };
}

function isRe2(source: string): boolean {
  try {
    compilePattern(source);
    return true;
  } catch (error) {
    if (isBayplanError(error)) return false;
    throw error;
  }
}

const names = [Retention, Policy, KeepTags].flatMap(({ shape }) => Object.keys(shape));
const nameOf = new Map(names.map((name) => [name.toLowerCase(), name]));

/** The document with known keys as they are written here. */
function sameCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sameCase);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [nameOf.get(key.toLowerCase()) ?? key, sameCase(member)]),
  );
}
