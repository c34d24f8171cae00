import { invalidParameter } from "./ecr-answer.ts";

const settings = ["MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"] as const;

/** Whether tags of a repository may be written twice, and for which tags the opposite holds. */
export interface TagMutability {
  readonly setting: (typeof settings)[number];
  /** Patterns in which `*` stands for anything. */
  readonly filters: readonly string[];
}

/** Reads the setting out of a request; refuses what Amazon ECR refuses. */
export function readTagMutability(input: Readonly<Record<string, unknown>>): TagMutability {
  const setting = settings.find((one) => one === (input["imageTagMutability"] ?? "MUTABLE"));
  if (setting === undefined) {
    throw invalidParameter("imageTagMutability", `Member must satisfy enum value set: [${settings.join(", ")}]`);
  }
  const given = (input["imageTagMutabilityExclusionFilters"] ?? []) as readonly {
    filterType?: string;
    filter?: string;
  }[];
  const filters = given.map(({ filterType, filter = "" }) => {
    const isPattern = filterType === "WILDCARD" && /^[0-9a-zA-Z._*-]{1,128}$/.test(filter);
    if (isPattern && filter.split("*").length <= 3) return filter;
    throw invalidParameter("imageTagMutabilityExclusionFilters", "Member must be a WILDCARD of at most 2 wildcards");
  });
  if (filters.length > 5) {
    const constraint = "Member must have length less than or equal to 5";
    throw invalidParameter("imageTagMutabilityExclusionFilters", constraint);
  }
  if (setting.endsWith("_WITH_EXCLUSION") !== filters.length > 0) {
    throw invalidParameter("imageTagMutabilityExclusionFilters", `Member does not go with ${setting}`);
  }
  return { setting, filters };
}

/** Whether that tag, once written, stays as it is. */
export function isTagImmutable({ setting, filters }: TagMutability, tag: string): boolean {
  const isExcluded = filters.some((filter) => {
    const pattern = filter.split("*").map((part) => part.replaceAll(".", "\\."));
    return new RegExp(`^${pattern.join(".*")}$`).test(tag);
  });
  return setting.startsWith("IMMUTABLE") !== isExcluded;
}
