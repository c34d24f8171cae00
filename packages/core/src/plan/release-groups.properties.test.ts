import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FamilyConfig, ImageConfig } from "../definition/family-config.ts";
import { cpythonConfig, createWorld, type World } from "../testing/cpython-world.ts";
import { parsePlan } from "./parse-plan.ts";
import type { Plan, Step } from "./plan.ts";

const names = ["a", "b", "c", "d", "e"] as const;
const copies = ["docker.io/acme/{image}", "quay.io/acme/{image}"];
const versionTags = ["3.14.3t", "3.14t", "latest"];

const anyImage = fc.record({
  publish: fc.constantFrom("staged" as const, "direct" as const),
  group: fc.constantFrom(undefined, "apps", "libs"),
  isTested: fc.boolean(),
  copies: fc.subarray(copies),
  /** What it is built on: the images before it whose bits are set. */
  bases: fc.nat(15),
  /** Tags that exist, in its repository and its copies, of this image or of an older one. */
  there: fc.array(fc.record({ place: fc.nat(2), tag: fc.nat(2), isOlder: fc.boolean() }), { maxLength: 4 }),
});
const anyFamily = fc.record({
  images: fc.tuple(anyImage, anyImage, anyImage, anyImage, anyImage),
  policies: fc.record({
    apps: fc.constantFrom("gate" as const, "gate" as const, "independent" as const, "fail-fast" as const),
    libs: fc.constant("gate" as const),
  }),
  /** What goes wrong the first time: a run or a write, by a number. */
  broken: fc.array(fc.nat(30), { maxLength: 3 }),
  /** What cannot be asked the first time. */
  unknown: fc.array(fc.record({ image: fc.nat(4), place: fc.nat(2), tag: fc.nat(3) }), { maxLength: 2 }),
});
type AnyFamily = typeof anyFamily extends fc.Arbitrary<infer Value> ? Value : never;

function configOf({ images, policies }: AnyFamily): FamilyConfig {
  const entries = images.map((image, index): readonly [string, ImageConfig] => {
    const base = names.slice(0, index).filter((_, bit) => (image.bases >> bit) % 2 === 1);
    const release =
      image.group === undefined ? {} : { release: { group: image.group, onFailure: policies[image.group] } };
    const own = { workflow: `${names[index]}.yml`, publish: image.publish, copies: image.copies, ...release };
    return [
      names[index] ?? "",
      { ...own, test: image.isTested ? "test.yml" : false, ...(base.length > 0 ? { base } : {}) },
    ];
  });
  const tags = ["{version}", { alias: "{major}.{minor}t" }, { alias: "latest" }];
  return { ...cpythonConfig, tags, images: Object.fromEntries(entries) };
}

const placesOf = (image: string, wanted: readonly string[]) => [
  `ghcr.io/o/${image}`,
  ...wanted.map((copy) => copy.replace("{image}", image)),
];

function prepare(given: AnyFamily): World {
  const world = createWorld(configOf(given));
  for (const [index, image] of given.images.entries()) {
    const name = names[index] ?? "";
    const places = placesOf(name, image.copies);
    for (const { place, tag, isOlder } of image.there) {
      const repository = places[place % places.length] ?? "";
      const shown = versionTags[tag] ?? "";
      // A release is never another image in a copy: nothing would ever put that right.
      const isOther = isOlder && tag > 0;
      if (tag === 0 && repository !== places[0]) continue;
      world.registry.push(`${repository}:${shown}`, { seed: isOther ? `older ${name}` : name });
    }
  }
  return world;
}

/** The steps of which one fails the first time: what it is, chosen by a number. */
function breakSome(world: World, plan: Plan, numbers: readonly number[]): void {
  const breakable = plan.steps.filter(({ kind }) => kind === "tag" || kind === "build" || kind === "test");
  const broken = new Set(numbers.flatMap((number) => breakable[number % Math.max(1, breakable.length)] ?? []));
  const runs = new Set<string>();
  for (const step of broken) {
    if (step.kind === "tag")
      world.registry.failures.set(
        `tag ${step.repository.registry}/${step.repository.repository}:${step.tag}`,
        "UNAVAILABLE",
      );
    else if (step.kind === "build") runs.add(step.dispatch.workflow);
    else if (step.kind === "test") runs.add(`test ${step.repository.repository}`);
  }
  world.build = ({ workflow, inputs }) => {
    const image = /\/(o\/[a-e])@/.exec(inputs["tested"] ?? "")?.[1];
    return runs.has(image === undefined ? workflow : `test ${image}`) ? { conclusion: "failure" } : {};
  };
}

function hideSome(world: World, { images, unknown }: AnyFamily): void {
  for (const { image, place, tag } of unknown) {
    const places = placesOf(names[image] ?? "", images[image]?.copies ?? []);
    const repository = places[place % places.length] ?? "";
    const shown = versionTags[tag];
    const call = shown === undefined ? `list ${repository}` : `resolve ${repository}:${shown}`;
    world.registry.failures.set(call, "TIMEOUT");
  }
}

/** Everything that each step comes after. */
function ancestors(plan: Plan): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const step of plan.steps) {
    const own = new Set(step.dependsOn);
    for (const id of step.dependsOn) for (const before of found.get(id) ?? []) own.add(before);
    found.set(step.id, own);
  }
  return found;
}

const isMember = (plan: Plan, group: string) => (step: Step) =>
  step.group === group && plan.groups?.[group] === "gate" && (step.kind === "verify" || step.kind === "test");

describe("release groups in a model of the world", () => {
  it("end with everything in place, whatever failed on the way, and no gated tag is written before all are ready", async () => {
    await fc.assert(
      fc.asyncProperty(anyFamily, async (given) => {
        const world = prepare(given);
        hideSome(world, given);
        const plan = await world.plan();
        world.registry.failures.clear();
        expect(parsePlan(JSON.stringify(plan), { definition: world.family })).toEqual(plan);
        const before = ancestors(plan);
        for (const tag of plan.steps) {
          if (tag.kind !== "tag") continue;
          const ready = plan.steps.filter(isMember(plan, tag.group)).map(({ id }) => id);
          expect(ready.filter((id) => !before.get(tag.id)?.has(id))).toEqual([]);
        }
        breakSome(world, plan, given.broken);
        const { outcomes } = await world.execute(plan);
        const ended = new Map(outcomes.map((outcome, index) => [outcome.step, { index, state: outcome.state }]));
        for (const tag of plan.steps) {
          const written = ended.get(tag.id);
          if (tag.kind !== "tag" || written?.state !== "done") continue;
          for (const { id } of plan.steps.filter(isMember(plan, tag.group))) {
            const ready = ended.get(id);
            expect([
              ready?.state === "done" || ready?.state === "already-done",
              (ready?.index ?? 99) < written.index,
            ]).toEqual([true, true]);
          }
        }
        world.registry.failures.clear();
        world.build = () => ({});
        for (let again = 0; again < 3; again += 1)
          await world.execute(await world.plan(), { retryAfterFailure: "now" });
        const last = await world.plan();
        expect(last.steps.map(({ id }) => id)).toEqual([]);
        for (const [index, image] of given.images.entries())
          for (const tag of versionTags) {
            const shown = placesOf(names[index] ?? "", image.copies).map((place) =>
              world.registry.digestOfTag(`${place}:${tag}`),
            );
            expect([new Set(shown).size, shown[0] === undefined]).toEqual([1, false]);
          }
      }),
      { numRuns: 60 },
    );
  });
});
