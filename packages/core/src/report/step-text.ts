import { formatReference, formatRepository, tagReference } from "../oci/reference.ts";
import type { Step } from "../plan/plan.ts";
import { explain } from "./explain.ts";
import { shortDigest } from "./short-digest.ts";
import { tagName } from "./tag-name.ts";

/** What a step does, for a person; a tag with its reasons. */
export function stepText(step: Step): string {
  switch (step.kind) {
    case "build": {
      const bases = step.bases.map(
        ({ name, target }) =>
          `${name} ${"digest" in target ? shortDigest(target.digest) : "(its digest is born in this plan)"}`,
      );
      const on = bases.length === 0 ? "" : ` on ${bases.join(", ")}`;
      const place = step.replaces === undefined ? "" : `, in the place of ${shortDigest(step.replaces)}`;
      return `dispatch ${step.dispatch.workflow}${on}${place}`;
    }
    case "await-image":
      return `wait for the run and its image, at most ${Math.round(step.timeoutMs / 60_000)} min`;
    case "verify":
      return `verify ${step.platforms.join(", ")}`;
    case "test":
      return `test with ${step.dispatch.workflow}, at most ${Math.round(step.timeoutMs / 60_000)} min`;
    case "copy":
      return `copy to ${formatRepository(step.repository)}`;
    case "preflight":
      return `look at all tags of ${step.group} (${step.tags.length}) before the first is written`;
    case "untag":
      return `untag ${formatReference(tagReference(step.repository, step.tag))}: ${step.reasons.map(explain).join("; ")}`;
    case "delete": {
      const tags = step.expected.tags.length === 0 ? "" : ` with its tags ${step.expected.tags.join(", ")}`;
      const why = step.reasons.map(explain).join("; ");
      return `delete ${formatRepository(step.repository)}@${shortDigest(step.digest)}${tags}: ${why}`;
    }
    case "tag": {
      const why = step.reasons.map(explain).join("; ");
      return `tag ${tagName(step)} (${step.mutability}): ${why}`;
    }
  }
}
