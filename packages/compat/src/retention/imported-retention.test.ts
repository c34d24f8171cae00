import { evaluateRetention, type RetentionInventory } from "@bayplan/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attachedTag, digest, now, repository, type TestImage } from "../testing/retention-images.ts";
import { fromDeletePackageVersionsInputs } from "./from-delete-package-versions-inputs.ts";
import { fromEcrLifecyclePolicy } from "./from-ecr-lifecycle-policy.ts";
import { fromGhcrCleanupInputs } from "./from-ghcr-cleanup-inputs.ts";
import { fromGhcrPruneInputs } from "./from-ghcr-prune-inputs.ts";
import { fromHarborRetention } from "./from-harbor-retention.ts";
import { fromSnokInputs } from "./from-snok-inputs.ts";
import { fromZotRetention } from "./from-zot-retention.ts";
import type { ImportedRetention } from "./simulation.ts";

const names = ["app-1", "app-2", "dev-1", "dev-2", "latest", "v1", "v2"];
const count = fc.integer({ min: 0, max: 4 });
const days = fc.integer({ min: 1, max: 40 });
const glob = fc.constantFrom("app-*", "dev*", "v?", "latest", "*-1");
const regex = fc.constantFrom("^app-", "dev", "^v\\d$", "-1$", "^latest$");

/** Images with times of their own; tags are on one image each; parts and attached manifests have no tag of their own. */
const registries = fc
  .record({
    kinds: fc.array(fc.constantFrom("image", "index", "shared", "referrer", "signature"), {
      minLength: 1,
      maxLength: 8,
    }),
    owners: fc.array(fc.nat({ max: 9 }), { minLength: names.length, maxLength: names.length }),
    ages: fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { minLength: 24, maxLength: 24 }),
    pulls: fc.array(fc.option(fc.integer({ min: 0, max: 60 })), { minLength: 8, maxLength: 8 }),
  })
  .map(({ kinds, owners, ages, pulls }) => {
    const images: Record<string, TestImage> = {};
    let at = 0;
    const age = () => (ages[at++] ?? 1) / 10;
    for (const [place, kind] of kinds.entries()) {
      const pulled = pulls[place];
      const facts = { age: age(), ...(typeof pulled === "number" && { pulled }) };
      const tags = names.filter((_, index) => (owners[index] ?? 0) === place);
      const subject = `i${place - 1}`;
      if (kind === "image" || images[subject] === undefined) images[`i${place}`] = { tags, ...facts };
      else if (kind === "index") {
        images[`i${place}`] = { tags, children: [`p${place}`, "missing"], ...facts };
        images[`p${place}`] = { age: age() };
      } else if (kind === "shared") {
        images[`i${place}`] = { tags, children: ["common"], ...facts };
        images["common"] ??= { age: age() };
      } else if (kind === "referrer") images[`i${place}`] = { subject, ...facts };
      else images[`i${place}`] = { tags: [attachedTag(subject)], ...facts };
    }
    return repository(images);
  });

const inputs: Readonly<Record<string, fc.Arbitrary<ImportedRetention>>> = {
  ecr: fc
    .uniqueArray(
      fc.record({ list: glob, number: days, isAge: fc.boolean(), kind: fc.constantFrom("tagged", "untagged", "any") }),
      {
        minLength: 1,
        maxLength: 4,
        selector: ({ kind, list }) => (kind === "tagged" ? list.replaceAll("?", "*") : kind),
      },
    )
    .map((rules) => {
      const ordered = rules.toSorted((left, right) => Number(left.kind === "any") - Number(right.kind === "any"));
      return fromEcrLifecyclePolicy({
        rules: ordered.map(({ list, number, isAge, kind }, index) => ({
          rulePriority: index + 1,
          selection: {
            tagStatus: kind,
            ...(kind === "tagged" && { tagPatternList: [list.replaceAll("?", "*")] }),
            ...(isAge ? { countType: "sinceImagePushed", countUnit: "days" } : { countType: "imageCountMoreThan" }),
            countNumber: isAge ? number : Math.ceil(number / 10),
          },
          action: { type: "expire" },
        })),
      });
    }),
  ghcr: fc
    .record(
      {
        "delete-tags": glob,
        "exclude-tags": glob,
        "keep-n-tagged": count,
        "older-than": days.map((number) => `${number} days`),
        "delete-orphaned-images": fc.boolean(),
        "delete-ghost-images": fc.boolean(),
      },
      { requiredKeys: [] },
    )
    .chain((some) =>
      fc.oneof(
        fc.constant(some),
        count.map((number) => ({ ...some, "keep-n-untagged": number })),
        fc.constant({ ...some, "delete-untagged": true }),
      ),
    )
    .map(fromGhcrCleanupInputs),
  "delete-package-versions": fc
    .record(
      { "min-versions-to-keep": count, "ignore-versions": regex, "delete-only-untagged-versions": fc.boolean() },
      { requiredKeys: [] },
    )
    .map(fromDeletePackageVersionsInputs),
  snok: fc
    .record(
      {
        "cut-off": days.map((number) => `${number}d`),
        "image-tags": fc
          .array(fc.tuple(fc.boolean(), glob).map(([not, text]) => (not ? `!${text}` : text)))
          .map((list) => list.join(" ")),
        "tag-selection": fc.constantFrom("tagged", "untagged", "both"),
        "keep-n-most-recent": count,
      },
      { requiredKeys: ["cut-off"] },
    )
    .map(fromSnokInputs),
  prune: fc
    .record(
      {
        "prune-tags-regexes": fc.array(regex, { maxLength: 2 }),
        "keep-tags-regexes": fc.array(regex, { maxLength: 1 }),
        "keep-tags": fc.constantFrom([], ["latest"]),
        "prune-untagged": fc.boolean(),
        "keep-younger-than": days,
        "keep-last": count,
      },
      { requiredKeys: [] },
    )
    .map(fromGhcrPruneInputs),
  zot: fc
    .record({
      delay: days.map((number) => `${number}h`),
      hasDatabase: fc.boolean(),
      policy: fc.record(
        {
          deleteReferrers: fc.boolean(),
          deleteUntagged: fc.boolean(),
          keepUntagged: zotLimits(),
          keepTags: fc.array(
            fc
              .tuple(fc.array(regex, { maxLength: 2 }), zotLimits())
              .map(([patterns, limits]) => ({ patterns, ...limits })),
            { maxLength: 3 },
          ),
        },
        { requiredKeys: [] },
      ),
    })
    .map(({ delay, hasDatabase, policy }) =>
      fromZotRetention({ delay, policies: [{ ...policy, repositories: ["**"] }] }, { repository: "app", hasDatabase }),
    ),
  harbor: fc
    .record({
      immutable: fc.array(glob, { maxLength: 1 }),
      rules: fc.array(
        fc.record({
          template: fc.constantFrom(
            "latestPushedK",
            "latestPulledN",
            "nDaysSinceLastPush",
            "nDaysSinceLastPull",
            "lastXDays",
            "always",
            "nothing",
          ),
          number: count,
          pattern: glob,
          decoration: fc.constantFrom("matches", "excludes"),
          untagged: fc.boolean(),
        }),
        { maxLength: 3 },
      ),
    })
    .map(({ immutable, rules }) =>
      fromHarborRetention(
        {
          algorithm: "or",
          rules: rules.map(({ template, number, pattern, decoration, untagged }) => ({
            action: "retain",
            template,
            params: template === "always" || template === "nothing" ? {} : { [template]: number },
            tag_selectors: [{ kind: "doublestar", decoration, pattern, extras: JSON.stringify({ untagged }) }],
            scope_selectors: { repository: [{ kind: "doublestar", decoration: "repoMatches", pattern: "**" }] },
          })),
        },
        {
          repository: "app",
          immutable: immutable.map((pattern) => ({
            tag_selectors: [{ kind: "doublestar", decoration: "matches", pattern }],
          })),
        },
      ),
    ),
};

function zotLimits() {
  const hours = days.map((number) => `${number * 24}h`);
  return fc.record(
    { pulledWithin: hours, pushedWithin: hours, mostRecentlyPushedCount: count, mostRecentlyPulledCount: count },
    { requiredKeys: [] },
  );
}

/** Tags that are lost, and images that are lost and neither listed by an index nor attached to anything. */
function losses(
  inventory: RetentionInventory,
  gone: ReadonlySet<string>,
  untagged: readonly string[],
): readonly string[] {
  const parts = new Set<string>(
    inventory.manifests.flatMap(({ links }) => (links.state === "read" ? links.children : [])),
  );
  const lost = inventory.manifests.filter(({ descriptor }) => gone.has(descriptor.digest));
  const isOwn = ({ descriptor, links }: (typeof lost)[number]) =>
    !parts.has(descriptor.digest) && links.state === "read" && links.subject === undefined;
  const tags = lost.flatMap((manifest) => manifest.tags.filter((tag) => !tag.startsWith("sha256-")));
  return [
    ...untagged,
    ...tags,
    ...lost
      .filter(isOwn)
      .filter(({ tags: own }) => own.length === 0)
      .map(({ descriptor }) => descriptor.digest),
  ];
}

describe.each(Object.entries(inputs))("what is imported from %s", (_, imports) => {
  it("deletes and keeps together everything, and only what is there", () => {
    fc.assert(
      fc.property(imports, registries, ({ simulate }, inventory) => {
        const { deleted, kept, archived, untagged, tags } = simulate(inventory, now);
        const digests = inventory.manifests.map(({ descriptor }) => descriptor.digest);
        expect([...deleted, ...kept].sort()).toEqual(digests.sort());
        expect(kept).toEqual(
          expect.arrayContaining([...archived, ...untagged.map((item) => item.digest), ...Object.values(tags)]),
        );
        expect(deleted).not.toContain(digest("missing"));
      }),
      { numRuns: 60 },
    );
  });

  it("has a policy that takes no tag and no image of its own that the original leaves, unless it says so", () => {
    fc.assert(
      fc.property(imports, registries, ({ simulate, policy }, inventory) => {
        const simulation = simulate(inventory, now);
        const evaluation = evaluateRetention(inventory, policy, now);
        const theirs = losses(
          inventory,
          new Set(simulation.deleted),
          simulation.untagged.map(({ tag }) => tag),
        );
        const own = losses(
          inventory,
          new Set(evaluation.delete.map((item) => item.digest)),
          evaluation.untag.map(({ tag }) => tag),
        );
        expect(own.filter((item) => !theirs.includes(item))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
