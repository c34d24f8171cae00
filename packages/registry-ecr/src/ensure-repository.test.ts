import { afterEach, expect, it } from "vitest";
import type { EnsureRepositoryOptions } from "./ensure-repository.ts";
import { openEcr } from "./testing/open-ecr.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(...settings: Parameters<typeof openEcr>) {
  const opened = await openEcr(...settings);
  cleanUps.push(opened.close);
  return opened;
}

const wanted: EnsureRepositoryOptions = {
  scanOnPush: true,
  tagMutability: { setting: "IMMUTABLE_WITH_EXCLUSION", exclusionFilters: ["latest", "sha256-*"] },
  encryption: { type: "KMS" },
  repositoryPolicy: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "ecr:BatchGetImage" }],
  },
  lifecyclePolicy: { rules: [{ rulePriority: 1, selection: { tagStatus: "untagged" }, action: { type: "expire" } }] },
  tags: { team: "release" },
};
const all = ["scanOnPush", "tagMutability", "encryption", "repositoryPolicy", "lifecyclePolicy", "tags"];

it("creates a repository with everything that is asked for, once", async () => {
  const { registry, nameOf, uses } = await open();
  const name = nameOf("team/new");
  expect(await registry.ensureRepository(name, wanted)).toEqual({ created: true, updated: [], differences: [] });
  const again = await registry.ensureRepository(name, wanted);
  expect(again).toEqual({ created: false, updated: [], differences: [] });
  expect(uses("CreateRepository")).toBe(1);
  expect(uses("SetRepositoryPolicy") + uses("PutLifecyclePolicy")).toBe(2);
});

it("reports how an existing repository differs, and leaves it", async () => {
  const { registry, name } = await open();
  const first = await registry.ensureRepository(name, wanted);
  expect(first.differences.map(({ setting }) => setting)).toEqual(all);
  expect(first.differences).toContainEqual({
    setting: "encryption",
    found: { type: "AES256" },
    wanted: { type: "KMS" },
  });
  expect(await registry.ensureRepository(name, wanted)).toEqual(first);
  expect(await registry.tagMutability(name)).toEqual({ setting: "MUTABLE" });
});

it("changes an existing repository on demand, except for its encryption", async () => {
  const { registry, name } = await open();
  const changed = await registry.ensureRepository(name, { ...wanted, update: true });
  expect(changed.updated.map(({ setting }) => setting)).toEqual(all.filter((setting) => setting !== "encryption"));
  expect(changed.differences.map(({ setting }) => setting)).toEqual(["encryption"]);
  const { differences } = await registry.ensureRepository(name, wanted);
  expect(differences.map(({ setting }) => setting)).toEqual(["encryption"]);
});

it("takes a repository that somebody else creates at the same time for an existing one", async () => {
  const { registry, nameOf, simulator } = await open();
  const name = nameOf("team/new");
  let isDone = false;
  simulator.inject({
    match: (request) => request.headers.get("x-amz-target")?.endsWith(".CreateRepository") === true && !isDone,
    effect: {
      before: async () => {
        isDone = true;
        await registry.ensureRepository(name);
      },
    },
  });
  const { created, differences } = await registry.ensureRepository(name, { scanOnPush: true });
  expect([created, differences.map(({ setting }) => setting)]).toEqual([false, ["scanOnPush"]]);
});

it("refuses filters that Amazon ECR refuses", async () => {
  const { registry, nameOf } = await open();
  for (const exclusionFilters of [["a*b*c*"], Array(6).fill("v*"), ["x".repeat(129)]]) {
    const tagMutability = { setting: "IMMUTABLE_WITH_EXCLUSION", exclusionFilters };
    const ensuring = registry.ensureRepository(nameOf("team/new"), { tagMutability });
    await expect(ensuring).rejects.toMatchObject({ code: "INVALID_INPUT" });
  }
});
