import {
  evaluateRetention,
  parseDigest,
  parseInstant,
  type RetentionManifest,
  type RetentionPolicy,
  type RetentionRule,
  sanitizeTag,
} from "@bayplan/core";
import { z } from "zod";
import type { Case } from "../case-file.ts";
import { NeutralPolicy, policyOf } from "./neutral-retention.ts";

const Versions = z.object({
  versions_newest_first: z.array(
    z.object({
      id: z.number(),
      name: z.string(),
      updated_at: z.string(),
      metadata: z.object({ container: z.object({ tags: z.array(z.string()) }) }),
    }),
  ),
  index_children: z.record(z.string(), z.array(z.number())),
});
const ActionPolicy = z.strictObject({
  "min-versions-to-keep": z.number().optional(),
  "ignore-versions": z.string().optional(),
  "delete-only-untagged-versions": z.boolean().optional(),
});
const Input = z.strictObject({
  regex: z.string().optional(),
  tag: z.string().optional(),
  tags: z.array(z.string()).optional(),
  event: z.literal("delete").optional(),
  ref_type: z.enum(["branch", "tag"]).optional(),
  ref: z.string().optional(),
  live_branches: z.array(z.string()).optional(),
  now: z.string().optional(),
  versions: Versions.optional(),
  policy: z
    .union([NeutralPolicy, ActionPolicy, z.enum(["prune-old-sha", "prune-untagged", "cleanup-branch"])])
    .optional(),
});

const release = String.raw`^(main|latest|\d+\.\d+|\d+\.\d+\.\d+)$`;

/** What the chatmail pipeline's clean-up means, said in a policy of ours. */
export function checkChatmailRetention(input: unknown, row: Case): unknown {
  const given = Input.parse(input);
  if (given.regex !== undefined) {
    if (given.tag !== undefined) return { protected: isProtected(given.regex, given.tag) };
    const tags = given.tags ?? [];
    return { protected: Object.fromEntries(tags.map((tag) => [tag, isProtected(given.regex ?? "", tag)])) };
  }
  const { versions, ref, ref_type: refType = "branch", event } = given;
  const newest = versions?.versions_newest_first[0];
  if (versions === undefined || newest === undefined) return undefined;
  const policy: RetentionPolicy = {
    protect: [{ pattern: release }],
    ...meant(given.policy, event !== undefined),
    // The pipeline's own branch is always there.
    liveBranches: given.live_branches ?? ["main"],
    ...(event !== undefined && ref !== undefined && { event: { type: event, refType, ref } }),
  };
  const manifests = manifestsOf(versions);
  const evaluation = evaluateRetention({ manifests }, policy, parseInstant(given.now ?? newest.updated_at));
  const ids = new Map(versions.versions_newest_first.map(({ id, name }) => [name, id]));
  const gone = [...evaluation.delete.flatMap(({ tags }) => tags), ...evaluation.untag.map(({ tag }) => tag)];
  const releases = gone.filter((tag) => isProtected(release, tag));
  const wanted = (row.expected as Readonly<Record<string, unknown>>)["release_tags_deleted"];
  return {
    deleted_ids: evaluation.delete.map(({ digest }) => ids.get(digest)),
    tag: ref === undefined ? null : sanitizeTag(ref).tag,
    cleanup_runs: !evaluation.keep.some(({ reasons }) => reasons[0].code === "git-tag-deleted"),
    release_tags_deleted:
      typeof wanted === "number" ? releases.length : typeof wanted === "boolean" ? releases.length > 0 : releases,
  };
}

function isProtected(regex: string, tag: string): boolean {
  const manifest: RetentionManifest = {
    descriptor: { mediaType: "", digest: parseDigest(`sha256:${"0".repeat(64)}`), size: 0 },
    tags: [tag],
    links: { state: "read", children: [] },
  };
  const policy: RetentionPolicy = { protect: [{ pattern: regex }], rules: [{ kind: "expire", match: { any: true } }] };
  const { keep } = evaluateRetention({ manifests: [manifest] }, policy, parseInstant("2026-01-01T00:00:00Z"));
  return keep.some(({ reasons }) => reasons[0].code === "protected");
}

/** The policy of a job, of the inputs of its action, or in neutral words. */
function meant(policy: z.infer<typeof Input>["policy"], isEvent: boolean): RetentionPolicy {
  if (policy === undefined || policy === "cleanup-branch")
    return { rules: [{ kind: "keep-live-branches" }, { kind: "expire-deleted-branch" }] };
  if (policy === "prune-old-sha") return actionPolicy({ "min-versions-to-keep": 30 });
  if (policy === "prune-untagged")
    return actionPolicy({ "min-versions-to-keep": 20, "delete-only-untagged-versions": true });
  const neutral = NeutralPolicy.safeParse(policy);
  if (neutral.success) return policyOf(neutral.data, { isEvent, hasBranches: false });
  return actionPolicy(ActionPolicy.parse(policy));
}

/** What who wrote these inputs wants: so many builds, and what is ignored not touched. */
function actionPolicy(inputs: z.infer<typeof ActionPolicy>): RetentionPolicy {
  const keepLast = inputs["min-versions-to-keep"] ?? 0;
  const rule: RetentionRule =
    inputs["delete-only-untagged-versions"] === true
      ? { kind: "expire-untagged", keepLast }
      : { kind: "expire", match: { pattern: "sha-.*" }, keepLast };
  return { protect: [{ pattern: inputs["ignore-versions"] ?? release }], rules: [rule], untag: "unprotected" };
}

function manifestsOf({ versions_newest_first: versions, index_children: children }: z.infer<typeof Versions>) {
  const names = new Map(versions.map(({ id, name }) => [id, parseDigest(name)]));
  return versions.map(({ id, name, updated_at, metadata }): RetentionManifest => {
    const links = (children[String(id)] ?? []).flatMap((child) => names.get(child) ?? []);
    return {
      descriptor: { mediaType: "", digest: parseDigest(name), size: 0 },
      tags: metadata.container.tags,
      pushedAt: parseInstant(updated_at),
      links: { state: "read", children: links },
    };
  });
}
