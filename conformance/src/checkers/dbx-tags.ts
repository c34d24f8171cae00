import {
  createVersionScheme,
  findTagCollisions,
  formatReference,
  meantTags,
  parseInputFlag,
  parseRepository,
  resolveTrigger,
  type TagDefinition,
  type TagPolicy,
  type TagRule,
  type TagVariant,
  type TriggerTable,
  tagReference,
} from "@bayplan/core";
import { z } from "zod";

const Entry = z.strictObject({
  runtime: z.string(),
  image_type: z.string(),
  variant: z.string(),
  suffix: z.string(),
});
const LegInput = z.strictObject({
  entry: Entry.optional(),
  first_entry: Entry.optional(),
  include: z.array(Entry).optional(),
});
const PushInput = z.strictObject({
  event: z.string(),
  ref: z.string(),
  push_images: z.union([z.string(), z.boolean()]).nullish(),
});

const repository = parseRepository("ghcr.io/twsl/dbx-runtime");
const rules: readonly TagRule[] = [{ kind: "exact", prefix: "{image}-", template: "{release}" }];

/** `17.3 LTS`: LTS is a mark, the release is what tags show. */
const runtimes = createVersionScheme("lts");

/** The tag, cache scope and so on of one leg, and what legs write over each other. */
export function checkDbxLeg(input: unknown): unknown {
  const { entry, first_entry, include } = LegInput.parse(input);
  const answer = entry === undefined ? {} : legAnswer(entry, first_entry);
  return include === undefined ? answer : { ...answer, collisions: collisionsOf(include) };
}

function legAnswer(
  entry: z.infer<typeof Entry>,
  first: z.infer<typeof Entry> | undefined,
): Readonly<Record<string, unknown>> {
  const variant = variantOf(entry);
  const policy: TagPolicy = { rules, scheme: runtimes, variants: [variant] };
  const tags = meantTags(policy, { version: entry.runtime, image: entry.image_type, variant: variant.name });
  return {
    tags: tags.map(({ tag }) => formatReference(tagReference(repository, tag))),
    version: runtimes.parse(entry.runtime)?.release.join(".") ?? null,
    cache_scope: tags[0]?.tag ?? null,
    is_latest: first === undefined ? null : entry.runtime === first.runtime && entry.image_type === first.image_type,
  };
}

/** One image per type, one leg per entry; every tag that two of them would write. */
function collisionsOf(include: readonly z.infer<typeof Entry>[]): readonly string[] {
  const variants = [...new Map(include.map((entry) => [entry.variant, variantOf(entry)])).values()];
  const types = [...new Set(include.map((entry) => entry.image_type))];
  const definition: TagDefinition = {
    images: types.map((name) => ({ name, repository, tags: rules })),
    legs: include.map(({ image_type, variant }, index) => {
      return { id: String(index), scheme: runtimes, images: [image_type], variants: [variant] };
    }),
  };
  const versions = Object.fromEntries(include.map((entry, index) => [String(index), entry.runtime]));
  const found = findTagCollisions(definition, { variants, versions, cacheScope: "{image}-{release}{suffix}" });
  return found.map(({ name }) => name);
}

function variantOf({ variant }: z.infer<typeof Entry>): TagVariant {
  return { name: variant, suffix: variant.replace(/^\./, "-"), default: variant === "" };
}

const table: TriggerTable = {
  rows: [
    {
      name: "by hand",
      when: { events: ["workflow_dispatch"], inputs: { push_images: "true" } },
      set: { build: true, push: true },
    },
    { name: "main", when: { events: ["push"], branches: ["main"] }, set: { build: true, push: true } },
  ],
};

/** Whether a run builds and pushes. */
export function checkDbxPush(input: unknown): unknown {
  const { event, ref, push_images } = PushInput.parse(input);
  const isWanted = parseInputFlag(push_images, "push_images") ?? false;
  const { push } = resolveTrigger(table, { name: event, ref, inputs: { push_images: String(isWanted) } });
  return { push: push.value };
}
