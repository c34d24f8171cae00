import {
  BayplanError,
  createFluxPolicy,
  createMastermindsRange,
  excludeFluxTags,
  type FluxPolicy,
  filterFluxTags,
  isBayplanError,
  parseFluxVersion,
  selectByFluxPolicy,
  sortFluxVersions,
} from "@bayplan/core";
import { z } from "zod";
import type { Owner } from "../owners.ts";

// What a policy may say is for the library to judge, so its texts are passed on unread.
const Policy = z.looseObject({}).transform((policy) => policy as unknown as FluxPolicy);
const Tags = z.array(z.string());
const FilterTags = z.strictObject({ pattern: z.string().optional(), extract: z.string().optional() });
const NewPolicy = z.strictObject({ policy: Policy });
const Version = z.strictObject({ version: z.string() });
const Latest = z.strictObject({ policy: Policy, tags: Tags });
const Resolve = z.strictObject({ policy: Policy, filterTags: FilterTags.optional(), tags: Tags });
const Filter = FilterTags.extend({ tags: Tags });
const Exclude = z.strictObject({ patterns: z.array(z.string()), tags: Tags });
const Sort = z.strictObject({ range: z.string(), tags: Tags });
const Check = z.strictObject({ range: z.string(), version: z.string(), includePrerelease: z.boolean().optional() });
const Range = z.strictObject({ range: z.string() });

const policies = /(^|\/)flux-policy[^/]*\.json$/;
const constraints = /(^|\/)flux-semver-constraints[^/]*\.json$/;

/** Checkers of `flux-policy.json` and `flux-semver-constraints.json`: one call of the library each. */
export const fluxOwners: readonly Owner[] = [
  { file: policies, family: "newPolicy", check: checkNewPolicy },
  {
    file: policies,
    family: "parseVersion",
    check: (input) => parseFluxVersion(Version.parse(input).version) !== undefined,
  },
  { file: policies, family: "latest", check: checkLatest },
  { file: policies, family: "resolve", check: checkResolve },
  { file: policies, family: "filter", check: checkFilter, sets: ["(whole)"] },
  { file: policies, family: "excludeTags", check: checkExclude },
  { file: policies, family: "sortDesc", check: checkSort },
  { file: constraints, family: "checkConstraint", check: checkConstraint },
  { file: constraints, family: "validConstraint", check: checkValid },
];

function checkNewPolicy(input: unknown): boolean {
  const { policy } = NewPolicy.parse(input);
  return isAccepted(() => createFluxPolicy(policy));
}

function checkLatest(input: unknown): string {
  const { policy, tags } = Latest.parse(input);
  return orRefusal(createFluxPolicy(policy).latest(tags));
}

function checkResolve(input: unknown): string {
  const { policy, filterTags, tags } = Resolve.parse(input);
  // The tags of a case are those that a scan has stored: what it excludes is gone already.
  return orRefusal(
    selectByFluxPolicy(tags, { policy, exclusionList: [], ...(filterTags && { filterTags: given(filterTags) }) }),
  );
}

function checkFilter(input: unknown): unknown {
  const { tags, ...filter } = Filter.parse(input);
  return filterFluxTags(tags, given(filter));
}

function checkExclude(input: unknown): readonly string[] {
  const { tags, patterns } = Exclude.parse(input);
  return excludeFluxTags(tags, patterns);
}

function checkSort(input: unknown): readonly string[] {
  const { range, tags } = Sort.parse(input);
  return sortFluxVersions(range, tags);
}

function checkConstraint(input: unknown): boolean {
  const { range, version, includePrerelease = false } = Check.parse(input);
  return createMastermindsRange(range, { includePrerelease }).contains(version);
}

function checkValid(input: unknown): boolean {
  const { range } = Range.parse(input);
  return isAccepted(() => createMastermindsRange(range));
}

function given(filter: z.infer<typeof FilterTags>): { readonly pattern?: string; readonly extract?: string } {
  const { pattern, extract } = filter;
  return { ...(pattern !== undefined && { pattern }), ...(extract !== undefined && { extract }) };
}

/** Flux's word for "nothing fits" is an error. */
function orRefusal(tag: string | undefined): string {
  if (tag === undefined) throw new BayplanError("NOT_FOUND", "No tag fits.");
  return tag;
}

function isAccepted(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (isBayplanError(error)) return false;
    throw error;
  }
}
