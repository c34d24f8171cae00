import type { Problem } from "../errors.ts";
import { type Claimant, findTagCollisions } from "../tags/find-tag-collisions.ts";
import type { Family } from "./family.ts";

/** Tags that two builds of the family would write over each other, both named. */
export function collisionProblems(family: Family): readonly Problem[] {
  return findTagCollisions(family).map(({ name, claimants }) => {
    const [first] = claimants;
    const path = family.config.images[first.image]?.tags === undefined ? "tags" : `images.${first.image}.tags`;
    const found = `the tag ${name} from ${claimants.map(textOf).join(" and from ")}`;
    return { path, found, expected: "a tag for each; put {variant} into the rule, or give the rule to one of them" };
  });
}

function textOf({ image, leg, rule }: Claimant): string {
  return `${rule} of ${image} in ${leg}`;
}
