import { deepStrictEqual, ok } from "node:assert/strict";
import { type BulkResolution, type CallOptions, formatReference, type Reference } from "@bayplan/core";
import type { ContractTests } from "./contract-runner.ts";
import { drain, expectCode } from "./expect-code.ts";
import type { RegistryFixture } from "./registry-fixture.ts";

type Answers = readonly (readonly [Reference, BulkResolution])[];

/** All answers; `undefined` where the adapter has no `resolveMany`. */
async function resolveMany(
  { registry }: RegistryFixture,
  references: readonly Reference[],
  options: CallOptions = {},
): Promise<Answers | undefined> {
  return registry.resolveMany === undefined ? undefined : await drain(registry.resolveMany(references, options));
}

/** Resolving many references at once. Adapters without the capability pass. */
export const registryManyTests: ContractTests<RegistryFixture> = {
  "resolves many references, where it can, each once to what resolve says": async (fixture) => {
    const { registry, at } = fixture;
    const one = await fixture.storeTagged("one", "v1");
    await fixture.storeTagged("two", "v2");
    const wanted = [at.tag("v1"), at.tag("nothing-here"), at.digest(one.digest), at.tag("v2")];
    const answers = await resolveMany(fixture, [...wanted, at.tag("v1"), at.tag("nothing-here")]);
    if (answers === undefined) return;
    const byName = new Map(answers.map(([reference, answer]) => [formatReference(reference), answer]));
    deepStrictEqual(
      answers.map(([reference]) => formatReference(reference)).sort(),
      wanted.map(formatReference).sort(),
    );
    for (const reference of wanted) {
      const expected = await registry.resolve(reference);
      const answer = byName.get(formatReference(reference));
      ok(answer !== undefined && answer.state !== "unknown", `${formatReference(reference)} is unknown`);
      if (answer.state !== "present" || expected.state !== "present") {
        deepStrictEqual(answer, expected);
        continue;
      }
      // A list may tell neither media type nor size, and a bulk API more of a descriptor than HEAD does.
      const { mediaType, digest, size } = expected.descriptor;
      const told = answer.descriptor;
      deepStrictEqual(
        { mediaType: told.mediaType ?? mediaType, digest: told.digest, size: told.size ?? size },
        { mediaType, digest, size },
      );
    }
  },
  "resolves no references to nothing": async (fixture) => {
    deepStrictEqual((await resolveMany(fixture, [])) ?? [], []);
  },
  "stops resolveMany, where it has it, with CANCELLED when the signal has aborted": async (fixture) => {
    if (fixture.registry.resolveMany === undefined) return;
    const options = { signal: AbortSignal.abort() };
    await expectCode("CANCELLED", () => resolveMany(fixture, [fixture.at.tag("v1")], options));
  },
  "stops resolveMany, where it has it, with CANCELLED when the signal aborts half-way": async (fixture) => {
    if (fixture.registry.resolveMany === undefined) return;
    await fixture.store("one");
    const abort = new AbortController();
    const wanted = Array.from({ length: 300 }, (_, index) => fixture.at.tag(`t${index}`));
    const answers = fixture.registry.resolveMany(wanted, { signal: abort.signal });
    await expectCode("CANCELLED", async () => {
      for await (const _ of answers) abort.abort();
    });
  },
  "refuses resolveMany, where it has it, on a host that is not its own with NOT_ALLOWED": async (fixture) => {
    if (fixture.registry.resolveMany === undefined) return;
    const foreign = { ...fixture.at.tag("v1"), registry: "registry.example.invalid" };
    await expectCode("NOT_ALLOWED", () => resolveMany(fixture, [fixture.at.tag("v1"), foreign]));
  },
};
