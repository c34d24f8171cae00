import { describe, expect, it } from "vitest";
import { BayplanError } from "../errors.ts";
import { formatReference, parseReference, type Reference } from "../oci/reference.ts";
import { readOnly } from "../ports/read-only.ts";
import type { RegistryAdapter, Resolution, Unresolved } from "../ports/registry.ts";
import { codeOfRejected } from "../testing/code-of.ts";
import { at, createWorld } from "../testing/cpython-world.ts";
import { observeState } from "./observe-state.ts";
import { groupReferences, resolveTogether } from "./resolve-together.ts";

type Many = NonNullable<RegistryAdapter["resolveMany"]>;
type Answer = readonly [Reference, Resolution | Unresolved];

/** The world of the examples with a registry that resolves many at once, answering with its own `resolve`. */
function createManyWorld(change: (honest: Many) => Many = (honest) => honest) {
  const world = createWorld();
  world.publish("cpython-tsan", "cpython-asan");
  const { resolve } = world.registry;
  const single: string[] = [];
  const together: string[][] = [];
  const honest: Many = async function* (references, options): AsyncGenerator<Answer> {
    together.push(references.map(formatReference));
    for (const reference of references) yield [reference, await resolve(reference, options)];
  };
  const registry = {
    ...world.registry,
    resolve(reference: Reference) {
      single.push(formatReference(reference));
      return resolve(reference);
    },
    resolveMany: change(honest),
  };
  return { ...world, single, together, ports: { ...world.ports, registries: [registry] }, registry };
}

describe("observeState with a registry that resolves many at once", () => {
  it("learns the same as one by one, and resolves nothing twice", async () => {
    const plain = createWorld();
    plain.publish("cpython-tsan", "cpython-asan");
    const world = createManyWorld();
    const state = await observeState(world.family, world.ports);
    expect(state).toEqual(await observeState(plain.family, plain.ports));
    const asked = [...world.together.flat(), ...world.single];
    expect(new Set(asked).size).toBe(asked.length);
    expect(new Set(asked)).toEqual(new Set(Object.keys(state.references)));
    expect(Object.values(state.references).some((fact) => fact.state === "present" && fact.platforms)).toBe(true);
  });

  it("finds the capability of a registry that may only be read", async () => {
    const world = createManyWorld();
    await observeState(world.family, { ...world.ports, registries: [readOnly(world.registry)] });
    expect(world.together.flat()).toContain(at("cpython-tsan"));
  });

  it("keeps the error of one reference as its own fact, and does not ask again", async () => {
    const error = new BayplanError("RATE_LIMITED", "slow down");
    const world = createManyWorld(
      (honest) =>
        async function* (references, options) {
          for await (const [reference, answer] of honest(references, options)) {
            yield [reference, formatReference(reference) === at("cpython-tsan") ? { state: "unknown", error } : answer];
          }
        },
    );
    const state = await observeState(world.family, world.ports);
    expect(state.references[at("cpython-tsan")]).toEqual({
      state: "unknown",
      error: "RATE_LIMITED",
      message: "slow down",
    });
    expect(state.references[at("cpython-asan")]).toMatchObject({ state: "present" });
    expect(world.single).not.toContain(at("cpython-tsan"));
  });

  it.each([
    ["throws", true],
    ["just ends", false],
  ])("asks one by one for what was not answered when the adapter %s half-way", async (_, throws) => {
    const yielded: string[] = [];
    const world = createManyWorld(
      (honest) =>
        async function* (references, options) {
          for await (const answer of honest(references, options)) {
            if (yielded.length === 2) {
              if (throws) throw new BayplanError("UNAVAILABLE", "the batch failed");
              return;
            }
            yielded.push(formatReference(answer[0]));
            yield answer;
          }
        },
    );
    const plain = createWorld();
    plain.publish("cpython-tsan", "cpython-asan");
    for (const { registry } of [plain, world]) registry.failures.set(`resolve ${at("numpy-tsan")}`, "DENIED");
    const state = await observeState(world.family, world.ports);
    expect(state).toEqual(await observeState(plain.family, plain.ports));
    expect(state.references[at("numpy-tsan")]).toMatchObject({ state: "unknown", error: "DENIED" });
    expect(world.single.filter((reference) => yielded.includes(reference))).toEqual([]);
    expect(yielded).toHaveLength(2);
  });

  it("takes no second answer, and none to what it did not ask", async () => {
    const other = parseReference("ghcr.io/o/other:1");
    const world = createManyWorld(
      (honest) =>
        async function* (references, options) {
          for await (const answer of honest(references, options)) {
            yield answer;
            yield [answer[0], { state: "absent" }];
            yield [other, { state: "absent" }];
          }
        },
    );
    const state = await observeState(world.family, world.ports);
    expect(state.references[at("cpython-tsan")]).toMatchObject({ state: "present" });
    expect(state.references).not.toHaveProperty([formatReference(other)]);
  });

  it.each<[string, Many, string]>([
    [
      "a cancellation",
      async function* () {
        yield* [];
        throw new BayplanError("CANCELLED", "cancelled");
      },
      "CANCELLED",
    ],
    [
      "a cancellation as an answer",
      async function* (references) {
        const error = new BayplanError("CANCELLED", "cancelled");
        for (const reference of references) yield [reference, { state: "unknown", error }];
      },
      "CANCELLED",
    ],
    [
      "a bug",
      async function* () {
        yield* [];
        throw new TypeError("x is not a function");
      },
      "TypeError",
    ],
  ])("does not turn %s into facts", async (_, resolveMany, expected) => {
    const world = createManyWorld(() => resolveMany);
    expect(await codeOfRejected(observeState(world.family, world.ports))).toBe(expected);
    expect(world.single).toEqual([]);
  });

  it("hands on the signal, and says CANCELLED when the adapter only falls silent", async () => {
    const controller = new AbortController();
    const world = createManyWorld(
      () =>
        async function* (_, { signal } = {}) {
          controller.abort();
          expect(signal?.aborted).toBe(true);
          yield* [];
        },
    );
    const observing = observeState(world.family, world.ports, { signal: controller.signal });
    expect(await codeOfRejected(observing)).toBe("CANCELLED");
    expect(world.single).toEqual([]);
  });
});

describe("groupReferences", () => {
  it("groups by adapter, and leaves alone what is alone or cannot be asked together", () => {
    const able = createManyWorld().registry;
    const unable = createWorld().registry;
    const references = ["a.test/a:1", "a.test/b:1", "b.test/a:1", "b.test/b:1"].map((text) => parseReference(text));
    const grouped = (registryOf: (reference: Reference) => RegistryAdapter) =>
      groupReferences(references, registryOf).map((group) => group.references.map(formatReference));
    expect(grouped(({ registry }) => (registry === "a.test" ? able : unable))).toEqual([["a.test/a:1", "a.test/b:1"]]);
    expect(grouped((reference) => (formatReference(reference) === "a.test/a:1" ? able : unable))).toEqual([]);
  });

  it("calls the adapter as its method", async () => {
    const adapter = Object.assign(createWorld().registry, {
      async *resolveMany(this: RegistryAdapter, [reference]: readonly Reference[]): AsyncGenerator<Answer> {
        if (reference !== undefined) yield [reference, await this.resolve(reference)];
      },
    });
    const [group] = groupReferences([parseReference(at("a")), parseReference(at("b"))], () => adapter);
    const told: string[] = [];
    if (group !== undefined) await resolveTogether(group, (_, { state }) => told.push(state), {});
    expect(told).toEqual(["absent"]);
  });
});
