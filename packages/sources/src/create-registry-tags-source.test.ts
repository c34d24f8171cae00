import { BayplanError, parseInstant, type RegistryAdapter } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { createRegistryTagsSource } from "./create-registry-tags-source.ts";
import { all } from "./testing/scripted-fetch.ts";

type Registry = Pick<RegistryAdapter, "id" | "listTags" | "inventory">;

function registryOf(tags: readonly string[], change: Partial<Registry> = {}): Registry & { asked: string[] } {
  const asked: string[] = [];
  return {
    id: "test",
    asked,
    async *listTags({ registry, repository }) {
      asked.push(`${registry}/${repository}`);
      yield* tags;
    },
    ...change,
  };
}

const repository = "docker.io/library/python";
const first = parseInstant("2026-01-01T00:00:00Z");
const later = parseInstant("2026-02-01T00:00:00Z");

describe("createRegistryTagsSource", () => {
  it("gives all tags as they are, hashes, signatures and moving ones too", async () => {
    const tags = ["3.14.3", "latest", "sha256-00.sig", "v1-alpine", "deadbeef"];
    const registry = registryOf(tags);
    const source = createRegistryTagsSource({ registry, repository });
    const listing = source.list();
    expect((await all(listing)).map(({ raw }) => raw)).toEqual(tags);
    expect(listing.completeness()).toEqual({ truncated: false });
    expect(registry.asked).toEqual([repository]);
    expect(source.id).toBe(`tags:${repository}`);
  });

  it("fails as the adapter fails, at the end too", async () => {
    const registry = registryOf([], {
      async *listTags() {
        yield "1";
        throw new BayplanError("INCOMPLETE", "cut");
      },
    });
    const listing = createRegistryTagsSource({ registry, repository }).list();
    await expect(all(listing)).rejects.toMatchObject({ code: "INCOMPLETE" });
    expect(() => listing.completeness()).toThrow(expect.objectContaining({ code: "INCOMPLETE" }));
  });

  it("is truncated at its own limit, and not when that is just enough", async () => {
    const cut = createRegistryTagsSource({ registry: registryOf(["1", "2", "3"]), repository, maxTags: 2 }).list();
    expect(await all(cut)).toHaveLength(2);
    expect(cut.completeness().truncated).toBe(true);
    const whole = createRegistryTagsSource({ registry: registryOf(["1", "2"]), repository, maxTags: 2 }).list();
    expect(await all(whole)).toHaveLength(2);
    expect(whole.completeness().truncated).toBe(false);
  });

  it("takes times of the last push from the inventory, the later one where a tag has two", async () => {
    const inventory: RegistryAdapter["inventory"] = {
      async *list() {
        yield { descriptor: {} as never, tags: ["1", "2"], pushedAt: later };
        yield { descriptor: {} as never, tags: ["1"], pushedAt: first };
        yield { descriptor: {} as never, tags: ["3", "gone"] };
      },
    };
    const source = createRegistryTagsSource({
      registry: registryOf(["1", "2", "3"], { inventory }),
      repository,
      pushTimes: true,
    });
    expect(await all(source.list())).toEqual([
      { raw: "1", releasedAt: later },
      { raw: "2", releasedAt: later },
      { raw: "3" },
    ]);
  });

  it("does not invent times that a registry does not tell", () => {
    const create = () => createRegistryTagsSource({ registry: registryOf([]), repository, pushTimes: true });
    expect(create).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
  });
});
