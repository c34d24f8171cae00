import type { Expected } from "../ports/registry.ts";
import type { Reason } from "../reason.ts";
import { explainGate } from "./explain-gate.ts";
import { explainOrder } from "./explain-order.ts";
import { explainRetention, isRetentionReason } from "./explain-retention.ts";
import { shortDigest } from "./short-digest.ts";

/** One sentence, without a full stop, that tells a person why. */
export function explain(reason: Reason): string {
  if (isRetentionReason(reason)) return explainRetention(reason);
  switch (reason.code) {
    case "version-selected":
      return `${reason.version} is the newest ${reason.line === undefined ? "" : `${reason.line} `}version that ${reason.source} publishes`;
    case "version-given":
      return `${reason.name === undefined ? "" : `${reason.name} `}${reason.version} is given by the definition or its caller`;
    case "no-version":
      return `${reason.source} publishes no version${inLine(reason.line)} that fits (${reason.rejected} were looked at)`;
    case "version-held":
      return `${reason.version} of ${reason.source} is not known to be ${reason.minimumAgeDays} days old yet`;
    case "version-request-invalid":
      return `no version of ${reason.source} can be picked as asked: ${reason.message.replace(/\.$/, "")}`;
    case "version-ambiguous":
      return `${reason.source} publishes one release under several names: ${reason.candidates.join(", ")}`;
    case "source-failed":
      return `${reason.source} could not be asked (${reason.error}): ${reason.message}`;
    case "source-incomplete":
      return `${reason.source} gave only a part of its list, so the newest version is not known`;
    case "missing-in-registry":
      return `${reason.reference} does not exist`;
    case "denied-or-absent":
      return reason.takenAs === "absent"
        ? `${reason.reference} is denied or does not exist; the definition takes that as absent`
        : `the registry does not say whether ${reason.reference} exists or is denied to us`;
    case "registry-unknown":
      return `what ${reason.reference} is could not be learnt (${reason.error}): ${reason.message}`;
    case "staged-build-found":
      return `its build is already there as ${reason.reference} (${shortDigest(reason.digest)})`;
    case "parent-rebuilt":
      return reason.distance === 1
        ? `its base ${reason.parent} is built first`
        : `${reason.parent}, ${reason.distance} steps below it, is built first`;
    case "blocked":
      return `its base ${reason.on} cannot be had`;
    case "platform-missing":
      return `its base ${reason.base} exists only for ${reason.platforms.join(", ") || "no platform"}`;
    case "immutable-conflict":
      return `${reason.reference} is another image (${shortDigest(reason.found)}, not ${shortDigest(reason.wanted)}) and is never overwritten`;
    case "never-built":
      return "it was never built";
    case "source-changed":
      return `its source changed: ${reason.name} ${changed(reason.from, reason.to)}`;
    case "argument-changed":
      return `its build argument ${reason.name} changed ${changed(reason.from, reason.to)}`;
    case "base-digest-changed":
      return `its base ${reason.base} changed on ${reason.platform} from ${shown(reason.from)} to ${shown(reason.to)}`;
    case "base-drifted":
      return `its base ${reason.base} is ${shortDigest(reason.to)} by now for ${reason.platform} (by ${reason.method})${reason.from === undefined ? "" : `, it is built on ${reason.from.slice(0, 19)}`}`;
    case "not-proven":
      return reason.base === undefined
        ? `adopt is ${reason.adopt}, and no build is found that made ${reason.reference} from what it would be made from now`
        : `adopt is ${reason.adopt}, and nothing shows that ${reason.reference} is built on ${reason.base} as it is now`;
    case "bases-reordered":
      return "its bases stand in another order";
    case "platform-added":
      return `it is now built for ${reason.platform} too`;
    case "platform-removed":
      return `it is no longer built for ${reason.platform}`;
    case "up-to-date":
      return `${reason.reference} exists (${shortDigest(reason.digest)})`;
    case "forced":
    case "held":
    case "too-old":
    case "age-unknown":
    case "release-kept":
    case "release-replaced":
    case "promotion":
    case "group-held":
    case "gate":
    case "rolled-back":
    case "nothing-before":
    case "moved-since":
      return explainOrder(reason);
    case "tag-missing":
      return `${reason.reference} does not exist`;
    case "tag-behind":
      return `${reason.reference} shows ${shown(reason.from)}, not ${shortDigest(reason.to)}`;
    case "exact-version":
      return `it names the release ${reason.version} itself`;
    case "highest-in-line":
      return reason.published === 0
        ? `it is the first release of the line ${reason.line}`
        : `it is the highest release of the line ${reason.line} (${reason.published} published)`;
    case "not-highest":
      return `${reason.highest} is higher in the line ${reason.line}`;
    case "prerelease":
      return `${reason.version} is a pre-release, and those move no alias`;
    case "version-not-understood":
      return `${reason.version} is not a full version of the scheme ${reason.scheme}`;
    case "listing-incomplete":
      return `the tags of ${reason.repository} could not be listed to the end (${reason.error}), so the highest is not known`;
    case "declared":
      return `the definition gives it as it is (${reason.rule})`;
    case "from-event":
      return `its rule (${reason.rule}) names it after ${reason.text}${reason.event === undefined ? "" : ` (${reason.event})`}`;
    case "condition-not-met":
      return `it is only for ${reason.condition} ${reason.wanted}, ${reason.found === undefined ? "and that is not known here" : `not ${reason.found}`}`;
    case "value-missing":
      return `there is no ${reason.name} here`;
    case "no-match":
      return `${reason.pattern} finds nothing in ${reason.text}`;
    case "duplicate-tag":
      return `the rule ${reason.by} gives ${reason.tag} too`;
    case "illegal-tag":
      return `the rule ${reason.rule} gives "${reason.text}", and that is no legal tag: ${reason.why.replace(/\.$/, "")}`;
    case "reserved-name":
      return `${reason.tag} would pass for a release or another tag of the image, and ${reason.original} is only the name of a Git ref`;
    case "not-prerelease":
      return `${reason.version} is a final release, and the tag is for pre-releases`;
    case "numbers-only":
      return `${reason.version} is more than its numbers, and ${reason.tag} shows only those`;
    case "outside-range":
      return `${reason.version} is not in the range ${reason.range}`;
    case "unordered":
      return "it shows whatever was built last";
    case "first-of-branch":
      return `${reason.tag} does not exist yet`;
    case "ancestor":
      return reason.relation === "same"
        ? `it shows the same commit ${reason.commit}`
        : `what it shows was built from ${reason.commit}, an ancestor`;
    case "not-ancestor":
      return reason.relation === "descendant"
        ? `it shows ${reason.commit} already, a descendant`
        : `it shows ${reason.commit}, whose history has diverged`;
    case "ancestry-unknown":
      return `whether what it shows comes before this commit is not known (${reason.error})`;
    case "commit-mismatch":
      return `${reason.ref} is the commit ${reason.expected}, but ${reason.commit} is built`;
    case "version-taken":
      return `${reason.version} is another image (${shortDigest(reason.found)}, not ${shortDigest(reason.wanted)})`;
    case "tag-held":
      return `${reason.by} holds it${reason.until === undefined ? "" : ` until ${reason.until}`}: ${reason.why}`;
    case "tag-forced":
      return `${reason.by} moves it to ${reason.to}: ${reason.why}`;
    case "nothing-to-compare":
    case "same-image":
    case "image-differs":
    case "platforms-match":
    case "platforms-differ":
    case "labels-match":
    case "label-differs":
    case "referrer-found":
    case "referrer-missing":
      return explainGate(reason);
    case "custom":
      return reason.text;
    default:
      return newerReason(reason);
  }
}

/** Plans carry along the reasons of newer versions. */
function newerReason(reason: never): string {
  return `of "${(reason as Reason).code}", which this version of Bayplan does not know`;
}

function inLine(line: string | undefined): string {
  return line === undefined ? "" : ` in the line ${line}`;
}

function changed(from: string | undefined, to: string | undefined): string {
  return `from ${from ?? "nothing"} to ${to ?? "nothing"}`;
}

function shown(expected: Expected): string {
  return "digest" in expected ? shortDigest(expected.digest) : "nothing";
}
