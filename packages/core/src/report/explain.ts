import type { Expected } from "../ports/registry.ts";
import type { Reason } from "../reason.ts";
import { shortDigest } from "./short-digest.ts";

/** One sentence, without a full stop, that tells a person why. */
export function explain(reason: Reason): string {
  switch (reason.code) {
    case "version-selected":
      return `${reason.version} is the newest ${reason.line === undefined ? "" : `${reason.line} `}version that ${reason.source} publishes`;
    case "no-version":
      return `${reason.source} publishes no version${inLine(reason.line)} that fits (${reason.rejected} were looked at)`;
    case "version-held":
      return `${reason.version} of ${reason.source} is not known to be ${reason.minimumAgeDays} days old yet`;
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
      return `its base ${reason.parent} is built first`;
    case "blocked":
      return `its base ${reason.on} cannot be had`;
    case "platform-missing":
      return `its base ${reason.base} exists only for ${reason.platforms.join(", ") || "no platform"}`;
    case "immutable-conflict":
      return `${reason.reference} is another image (${shortDigest(reason.found)}, not ${shortDigest(reason.wanted)}) and is never overwritten`;
    case "up-to-date":
      return `${reason.reference} exists (${shortDigest(reason.digest)})`;
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

function shown(expected: Expected): string {
  return "digest" in expected ? shortDigest(expected.digest) : "nothing";
}
