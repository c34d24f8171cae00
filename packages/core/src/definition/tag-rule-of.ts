import type { TagRule } from "../tags/tag-rule.ts";
import type { TagConfig } from "./tag-config.ts";

/** The rule that a short form stands for. */
export function tagRuleOf(config: TagConfig): TagRule {
  if (typeof config === "string") return { kind: "exact", template: config };
  if ("kind" in config) return config;
  // The keys below are looked for in this order: `edge` may stand beside `branch`.
  if ("edge" in config) {
    const { edge, ...rest } = config;
    return { kind: "edge", ...(edge === true ? {} : { template: edge }), ...rest };
  }
  if ("schedule" in config) {
    const { schedule, ...rest } = config;
    return { kind: "schedule", ...(schedule === true ? {} : { template: schedule }), ...rest };
  }
  if ("exact" in config) {
    const { exact, ...rest } = config;
    return { kind: "exact", template: exact, ...rest };
  }
  if ("alias" in config) {
    const { alias, ...rest } = config;
    return { kind: "alias", template: alias, ...rest };
  }
  if ("match" in config) {
    const { match, ...rest } = config;
    return { kind: "match", pattern: match, ...rest };
  }
  if ("pattern" in config) {
    const { pattern, ...rest } = config;
    return { kind: "pattern", template: pattern, ...rest };
  }
  if ("raw" in config) {
    const { raw, ...rest } = config;
    return { kind: "raw", value: raw, ...rest };
  }
  if ("template" in config) {
    const { template, ...rest } = config;
    return { kind: "template", template, ...rest };
  }
  if ("sha" in config) {
    const { sha, ...rest } = config;
    return { kind: "sha", ...(typeof sha === "number" ? { length: sha } : { format: sha }), ...rest };
  }
  if ("branch" in config) {
    const { branch: _, ...rest } = config;
    return { kind: "branch", ...rest };
  }
  if ("pr" in config) {
    const { pr: _, ...rest } = config;
    return { kind: "pr", ...rest };
  }
  const { tag: _, ...rest } = config;
  return { kind: "tag", ...rest };
}
