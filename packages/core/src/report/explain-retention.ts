import type { Reason } from "../reason.ts";
import type { RetentionReason } from "../retention/retention-reason.ts";
import { shortDigest } from "./short-digest.ts";

type Explainers = {
  readonly [Code in RetentionReason["code"]]: (reason: Extract<RetentionReason, { readonly code: Code }>) => string;
};

const explainers: Explainers = {
  protected: ({ tag, selector }) => (tag === selector ? `${tag} is protected` : `${tag} is protected by ${selector}`),
  pinned: ({ tag, by }) => `${tag ?? "it"} is in use${by === undefined ? "" : ` by ${by}`}`,
  newest: ({ rule, keepLast, tag, stream }) =>
    `${tag ?? "it"} is among the newest ${keepLast}${stream === undefined ? "" : ` of ${stream}`} (${rule})`,
  "young-enough": ({ rule, limit, tag }) => `${tag ?? "it"} is not older than ${limit} (${rule})`,
  pulled: ({ rule, at, tag }) => `${tag ?? "it"} was pulled at ${at} (${rule})`,
  "date-unknown": ({ rule, tag }) => `when ${tag ?? "it"} was pushed is not known, and ${rule} asks for it`,
  "no-stream": ({ rule, tag }) => `${tag} has no place among what ${rule} counts`,
  "live-branch": ({ tag, branch }) => `${tag} belongs to the branch ${branch}, which exists`,
  "label-not-due": ({ rule, tag, value }) =>
    `the time that its label names for ${tag} (${value}) is not over (${rule})`,
  "custom-rule": ({ rule, text, tag }) => `${text}, ${rule} says${tag === undefined ? "" : ` of ${tag}`}`,
  "no-rule": ({ tag }) => `no rule is about ${tag ?? "it"}`,
  "subject-missing": ({ subject }) =>
    `what it is attached to (${shortDigest(subject)}) is not there, and that alone is no reason to delete it`,
  "in-flight": ({ delay, pushedAt }) =>
    pushedAt === undefined
      ? `when it was pushed is not known, so it may be less than ${delay} ago`
      : `it was pushed at ${pushedAt}, not longer than ${delay} ago`,
  "last-tagged": ({ keepTagged }) => `${keepTagged} tagged images have to stay`,
  "git-tag-deleted": ({ ref }) => `the Git tag ${ref} was deleted, and that cleans nothing up`,
  "child-of": ({ parent }) => `it belongs to ${shortDigest(parent)}`,
  "referrer-of": ({ subject }) => `it is attached to ${shortDigest(subject)}`,
  expired: ({ rule, tag, olderThan, keepLast, stream }) => {
    const limits = [
      ...(keepLast === undefined
        ? []
        : [`not among the newest ${keepLast}${stream === undefined ? "" : ` of ${stream}`}`]),
      ...(olderThan === undefined ? [] : [`older than ${olderThan}`]),
    ];
    return `${rule} lets ${tag ?? "it"} go${limits.length === 0 ? "" : `: ${limits.join(", ")}`}`;
  },
  "label-due": ({ rule, tag, value }) => `the time that its label names for ${tag} (${value}) is over (${rule})`,
  "branch-deleted": ({ rule, tag, branch }) => `${tag} belongs to the branch ${branch}, which was deleted (${rule})`,
  orphan: ({ rule, subject }) => `what it is attached to (${shortDigest(subject)}) is not there (${rule})`,
  "inventory-incomplete": ({ error }) => `the list of manifests is not complete (${error}), so nothing is deleted`,
  "manifest-unreadable": ({ digest, error, count }) =>
    `${shortDigest(digest)}${count > 1 ? ` and ${count - 1} more` : ""} could not be read (${error}), so nothing is deleted`,
  "tag-on-two": ({ tag }) => `the list shows ${tag} twice: it moved meanwhile, so nothing is deleted`,
  "live-branches-unknown": ({ rule }) => `${rule} asks which branches exist, and nobody said so, so nothing is deleted`,
  "untagged-unknown": () => "manifests without a tag are not listed, and one of them may need it",
  "too-many-deletions": ({ planned, of, limit }) => `${planned} of ${of} manifests would go, and ${limit} is the limit`,
  "too-few-tagged": ({ tagged, keepTagged }) =>
    `${tagged} tagged images would be left, and ${keepTagged} is the least that has to stay`,
  "would-be-empty": () => "nothing would be left in the repository",
  "untag-unsupported": ({ tag }) => `the registry cannot remove ${tag} without its image`,
  "untag-would-delete": ({ tag }) => `${tag} is the last tag, and the registry would delete the image with it`,
};

/** Whether the reason is one of retention. */
export function isRetentionReason(reason: Reason): reason is RetentionReason {
  return Object.hasOwn(explainers, reason.code);
}

/** One sentence, without a full stop. */
export function explainRetention(reason: RetentionReason): string {
  const explainer = explainers[reason.code] as (reason: RetentionReason) => string;
  return explainer(reason);
}
