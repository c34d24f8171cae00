import { BayplanError } from "../errors.ts";
import { type Instant, instantToMs } from "../instant.ts";

/**
 * What a person decided about moving tags, with who and why, so that it is on record.
 *
 * - `hold`: the tags stay where they are. `freeze`: all moving tags do.
 * - `force`: the tags may move to that version or commit although their order says no, for example back to an older
 *   release. It never makes a pre-release stable, a name legal or an immutable tag movable, and a hold is stronger.
 */
export type TagIntervention = { readonly by: string; readonly why: string; readonly until?: Instant } & (
  | { readonly kind: "hold"; readonly tags: readonly string[] }
  | { readonly kind: "freeze" }
  | { readonly kind: "force"; readonly tags: readonly string[]; readonly to: string }
);

/**
 * The hold, or else the forced move, that concerns a tag now.
 *
 * @param built - What the tag would move to: the version's text and the commit, as far as they are known.
 * @throws BayplanError `INVALID_INPUT` for an intervention without who or why.
 */
export function interventionFor(
  tag: string,
  interventions: readonly TagIntervention[],
  options: { readonly built: readonly (string | undefined)[]; readonly now: Instant | undefined },
): TagIntervention | undefined {
  for (const { by, why, kind } of interventions) {
    if (by.trim() !== "" && why.trim() !== "") continue;
    throw new BayplanError("INVALID_INPUT", `A ${kind} of tags needs who decided it (by) and why.`);
  }
  const hold = interventions.find(
    (each) =>
      (each.kind === "freeze" || (each.kind === "hold" && each.tags.includes(tag))) &&
      (options.now === undefined || !hasEnded(each, options.now)),
  );
  if (hold !== undefined) return hold;
  return interventions.find(
    (each) =>
      each.kind === "force" &&
      each.tags.includes(tag) &&
      options.built.includes(each.to) &&
      (each.until === undefined || (options.now !== undefined && !hasEnded(each, options.now))),
  );
}

function hasEnded({ until }: TagIntervention, now: Instant): boolean {
  return until !== undefined && instantToMs(until) <= instantToMs(now);
}
