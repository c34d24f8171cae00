import type { Problem } from "@bayplan/core";
import { z } from "zod";
import { readInputs, refuseInputs } from "./read-inputs.ts";

const Text = z.string().min(1, "a text that is not empty").max(300, "at most 300 characters");
const Days = z.literal("days");
const Priority = z.int().min(1, "a whole number above 0");
const Count = z.int().min(1, "a whole number above 0");
const Selection = z.strictObject({
  tagStatus: z.enum(["tagged", "untagged", "any"]),
  tagPatternList: z.array(Text).exactOptional(),
  tagPrefixList: z.array(Text).exactOptional(),
  storageClass: z.enum(["standard", "archive"]).exactOptional(),
  countType: z.enum(["imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"]),
  countUnit: Days.exactOptional(),
  countNumber: Count,
});
const Rule = z.strictObject({
  rulePriority: Priority,
  description: z.string().exactOptional(),
  selection: Selection,
  action: z.strictObject({
    type: z.enum(["expire", "transition"]),
    targetStorageClass: z.literal("archive").exactOptional(),
  }),
});
const Document = z.strictObject({
  rules: z.array(Rule).min(1, "at least one rule").max(50, "at most 50 rules"),
});

/** One rule of a lifecycle policy. */
export type EcrRule = z.output<typeof Rule>;

const what = "ECR lifecycle policy";

/**
 * Reads a lifecycle policy, given as a document or as JSON text.
 *
 * @returns The rules, the first to apply first.
 * @throws BayplanError `INVALID_INPUT` with every reason for which ECR refuses it.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
export function readEcrLifecyclePolicy(policy: unknown): readonly EcrRule[] {
  const { rules } = readInputs(Document, typeof policy === "string" ? parseJson(policy) : policy, { what });
  const problems = [...rules.flatMap(problemsOfRule), ...problemsBetween(rules)];
  if (problems.length > 0) throw refuseInputs(what, problems);
  return [...rules].sort((left, right) => left.rulePriority - right.rulePriority);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuseInputs(what, [{ path: "", found: text.slice(0, 40), expected: "expected JSON" }]);
  }
}

/** The storage class whose images a rule selects. */
export function storageClassOf({ selection }: EcrRule): "standard" | "archive" {
  return selection.storageClass ?? "standard";
}

function problemsOfRule({ selection, action }: EcrRule, index: number): readonly Problem[] {
  const { tagStatus, tagPatternList, tagPrefixList, countType, countUnit, countNumber, storageClass } = selection;
  const lists = [tagPatternList, tagPrefixList].filter((list) => list !== undefined);
  const at = `rules[${index}]`;
  const refused: Problem[] = [];
  const refuse = (path: string, found: string, expected: string) =>
    refused.push({ path: `${at}.${path}`, found, expected: `expected ${expected}` });
  if (tagStatus !== "tagged" && lists.length > 0) {
    refuse("selection", `tags with tagStatus "${tagStatus}"`, 'no list of tags unless tagStatus is "tagged"');
  }
  if (tagStatus === "tagged" && (lists.length !== 1 || lists[0]?.length === 0)) {
    refuse("selection", `${lists.length} lists of tags`, "either tagPatternList or tagPrefixList, with at least one");
  }
  for (const pattern of tagPatternList ?? []) {
    if (pattern.split("*").length > 5) refuse("selection.tagPatternList", pattern, "at most four *");
  }
  const isAge = countType !== "imageCountMoreThan";
  if (isAge && countUnit === undefined) refuse("selection.countUnit", "missing", '"days"');
  if (!isAge && countUnit !== undefined) refuse("selection.countUnit", countUnit, `none with ${countType}`);
  const isOfArchive = countType === "sinceImageTransitioned";
  if (isOfArchive && storageClass !== "archive") {
    refuse("selection.storageClass", storageClass ?? "missing", `"archive" with ${countType}`);
  }
  if (!isOfArchive && storageClass === "archive") {
    refuse("selection.storageClass", storageClass, `"standard" with ${countType}`);
  }
  if (isOfArchive && countNumber < 90) {
    refuse("selection.countNumber", String(countNumber), "at least 90 days in the archive");
  }
  if (countType === "sinceImagePulled" && action.type !== "transition") {
    refuse("action.type", action.type, '"transition" with sinceImagePulled');
  }
  if (isOfArchive && action.type !== "expire") refuse("action.type", action.type, `"expire" with ${countType}`);
  if ((action.type === "transition") !== (action.targetStorageClass !== undefined)) {
    refuse("action.targetStorageClass", action.targetStorageClass ?? "missing", '"archive" with "transition" only');
  }
  return refused;
}

function problemsBetween(rules: readonly EcrRule[]): readonly Problem[] {
  const refused: Problem[] = [];
  const seen = new Map<string, number>();
  const once = (key: string, index: number, path: string, expected: string) => {
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    else refused.push({ path: `rules[${index}].${path}`, found: `the same as in rules[${first}]`, expected });
  };
  for (const [index, rule] of rules.entries()) {
    const { rulePriority, selection } = rule;
    const group = storageClassOf(rule);
    once(`priority ${rulePriority}`, index, "rulePriority", "expected a priority of its own");
    if (selection.tagStatus !== "tagged") {
      const expected = `expected one rule for ${selection.tagStatus} images of a storage class`;
      once(`${group} ${selection.tagStatus}`, index, "selection.tagStatus", expected);
    } else {
      const key = JSON.stringify([group, selection.tagPrefixList?.toSorted(), selection.tagPatternList?.toSorted()]);
      once(key, index, "selection", "expected tags of its own");
    }
    const isBefore = rules.some(
      (other) => storageClassOf(other) === group && selection.tagStatus === "any" && other.rulePriority > rulePriority,
    );
    if (isBefore) {
      const expected = "expected the highest number for the rule with tagStatus any";
      refused.push({ path: `rules[${index}].rulePriority`, found: String(rulePriority), expected });
    }
  }
  return refused;
}
