import { formatPlatform } from "../oci/platform.ts";
import type { Reason } from "../reason.ts";
import { baseStandings, type DriftContext, isWatched, standingByKey } from "./base-standings.ts";
import type { FamilyNode } from "./family-nodes.ts";
import { imageFact } from "./image-fact.ts";

const none: readonly Reason[] = [];

/**
 * Why a published image is not what it would be if it were built now: none where it is, where the definition does not ask,
 * and where something that would decide is not known.
 *
 * `trust` reacts to evidence only: a base that is another one now, by annotation or layers. `verify` wants it proven, by
 * key, annotation or layers, and all platforms there; without keys, where workflows publish directly, what nothing proves
 * is left as it is. `rebuild` takes only what is found under its staging tag.
 */
export function driftReasons(node: FamilyNode, context: DriftContext): readonly Reason[] {
  if (!isWatched(node)) return none;
  const { fact } = node;
  if (fact?.state !== "present") return none;
  const byKey = standingByKey(node, fact.digest, context);
  const { adopt } = node.image;
  if (byKey === "same") return none;
  const { reference } = node;
  // `other`: it was built here with these bases once, and somebody chose another image since.
  if (adopt === "rebuild") return byKey === "none" ? [{ adopt, code: "not-proven", reference }] : none;
  const image = imageFact(context.state, node.exact, fact.digest);
  if (image?.state !== "read") return none;
  const standings = baseStandings(node, fact.digest, context);
  const reasons = standings.flatMap((standing): readonly Reason[] => {
    if (standing.state !== "drifted" || standing.now === undefined) return none;
    const { base, platform, method, from, now } = standing;
    return [{ base, code: "base-drifted", ...(from === undefined ? {} : { from }), method, platform, to: now }];
  });
  if (adopt === "trust") return reasons;
  const found = Object.keys(image.platforms);
  const missing = node.image.platforms.map(formatPlatform).filter((platform) => !found.includes(platform));
  const incomplete: readonly Reason[] =
    missing.length === 0 ? none : [{ code: "platforms-differ", found, missing, unexpected: [] }];
  if (reasons.length > 0 || incomplete.length > 0) return [...reasons, ...incomplete];
  // Nothing would prove the next build either, and it would be built again for ever.
  if (node.image.publish === "direct") return none;
  const unproven = standings.find(({ state }) => state === "unproven");
  return unproven === undefined ? none : [{ adopt, base: unproven.base, code: "not-proven", reference }];
}
