import fc from "fast-check";
import type { Digest } from "../../oci/digest.ts";
import { evaluateRetention } from "../../retention/evaluate-retention.ts";
import type { RetentionInventory, RetentionManifest } from "../../retention/inventory.ts";
import { type Choose, chooseFrom, type RandomRetention, randomRetention } from "./random-retention.ts";

const tape = fc.array(fc.nat(1_000_000), { minLength: 120, maxLength: 260, size: "max" });

/** A property of a registry; `choose` gives it more random numbers. */
export type RetentionProperty = (given: RandomRetention, choose: Choose) => void;

/**
 * Checks properties of random registries; a failure prints its seed, its path and the smallest registry that was found.
 *
 * @param environment - `BAYPLAN_RETENTION_RUNS`: so many registries for each property, default 500.
 *   `BAYPLAN_RETENTION_SEED`: the seed of a failure, to see it again; default a new one.
 *   `BAYPLAN_RETENTION_FIRST`: any text ends at the first failure, without looking for a smaller one.
 */
export function createHolds(
  environment: Readonly<Record<string, string | undefined>>,
): (check: RetentionProperty) => void {
  const seed = environment["BAYPLAN_RETENTION_SEED"];
  const parameters = {
    numRuns: Number(environment["BAYPLAN_RETENTION_RUNS"] ?? 500),
    ...(seed !== undefined && { seed: Number(seed) }),
    endOnFailure: environment["BAYPLAN_RETENTION_FIRST"] !== undefined,
  };
  return (check) => {
    fc.assert(
      fc.property(tape, (numbers) => {
        const choose = chooseFrom(numbers);
        check(randomRetention(choose), choose);
      }),
      parameters,
    );
  };
}

/** The evaluation of a random registry. */
export const evaluate = ({ inventory, policy, now }: RandomRetention) => evaluateRetention(inventory, policy, now);
/** What a tag is attached to, read a second time: `undefined` for the tags of images. */
export const subjectOf = (tag: string): string | undefined => {
  const [, hex] = /^sha256-([0-9a-f]{64})(?:\.\w+)?$/.exec(tag) ?? [];
  return hex === undefined ? undefined : `sha256:${hex}`;
};
/** The tags that are no referrer's. */
export const ordinary = (manifest: RetentionManifest) => manifest.tags.filter((tag) => subjectOf(tag) === undefined);
/** The digests of a list of an evaluation. */
export const digestsOf = (list: readonly { readonly digest: Digest }[]) => list.map(({ digest }) => digest);
/** What goes. */
export const deletedOf = (given: RandomRetention) => new Set(digestsOf(evaluate(given).delete));
/** Finds manifests of an inventory. */
export const findOf = (inventory: RetentionInventory) => (digest: string) =>
  inventory.manifests.find(({ descriptor }) => descriptor.digest === digest);
/** What an index lists. */
export const childrenOf = ({ links }: RetentionManifest) => (links.state === "read" ? links.children : []);
/** What a manifest is attached to, by its subject or its tags. */
export const subjectsOf = ({ links, tags }: RetentionManifest): readonly string[] => [
  ...(links.state === "read" && links.subject !== undefined ? [links.subject] : []),
  ...tags.flatMap((tag) => subjectOf(tag) ?? []),
];

/** Everything that the digests need or that is attached to them. */
export function closureOf(inventory: RetentionInventory, start: Iterable<string>): ReadonlySet<string> {
  const found = new Set(start);
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const manifest of inventory.manifests) {
      if (found.has(manifest.descriptor.digest)) for (const child of childrenOf(manifest)) found.add(child);
      if (subjectsOf(manifest).some((subject) => found.has(subject))) found.add(manifest.descriptor.digest);
    }
  }
  return found;
}
