import { readFile } from "node:fs/promises";
import { digestReference, parseReference, tagReference } from "@bayplan/core";
import { buildImage } from "@bayplan/testkit";
import { afterEach, expect, it } from "vitest";
import { createEcrRegistry, type EcrRegistry } from "./create-ecr-registry.ts";
import { createTestClient, drain, openEcr } from "./testing/open-ecr.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const page = await readFile(new URL("../../../docs/registries/ecr.md", import.meta.url), "utf8");

/** The actions of the policy that stands under a heading of the documentation. */
function actionsUnder(heading: string): readonly string[] {
  const [, json = ""] = new RegExp(`### ${heading}\\n[^#]*?\`\`\`json\\n([^\`]*)\`\`\``).exec(page) ?? [];
  const policy = JSON.parse(json) as { Statement: readonly { Action: string | readonly string[] }[] };
  return policy.Statement.flatMap(({ Action }) => Action);
}

type Place = Awaited<ReturnType<typeof openPlace>>;

/** A registry with an image in it, and an identity with those permissions and no others. */
async function openPlace(allow: readonly string[]) {
  const accessKeyId = "AKIASIMULATED0000001";
  const opened = await openEcr({
    simulator: {
      repositories: ["team/app"],
      identities: [{ accessKeyId: "AKIASIMULATED0000000" }, { accessKeyId, allow }],
    },
  });
  const client = createTestClient(opened.served.origin, { accessKeyId, secretAccessKey: "dummy-secret" });
  const registry = createEcrRegistry({ client, hosts: [opened.served.host], region: opened.simulator.region });
  cleanUps.push(async () => {
    await registry.close();
    client.destroy();
    await opened.close();
  });
  const image = await opened.store("one", { tags: ["v1"] });
  return { registry, name: opened.name, host: opened.served.host, image };
}

const jobs: Readonly<Record<string, (registry: EcrRegistry, place: Place) => Promise<unknown>>> = {
  Pull: async (registry, { name, image }) => {
    await registry.resolve(tagReference(name, "v1"));
    await drain(registry.resolveMany([tagReference(name, "v1")]));
    await registry.fetchManifest(tagReference(name, "v1"));
    for (const blob of image.blobs) {
      await drain(registry.fetchBlob(digestReference(name, blob.descriptor.digest)));
    }
  },
  Push: async (registry, { name }) => {
    const image = await buildImage({ platforms: ["linux/amd64"], files: { a: "pushed" } });
    for (const blob of image.blobs) await registry.putBlob(name, blob.descriptor, ReadableStream.from([blob.bytes]));
    await registry.putManifest(name, image.root);
  },
  Retag: async (registry, { name, image }) => {
    await registry.tag(digestReference(name, image.digest), "v2", { absent: true });
  },
  Prune: async (registry, { name, image }) => {
    await drain(registry.inventory.list(name));
    await registry.deleteManifest(digestReference(name, image.digest), { tags: ["v1"], parents: [] });
  },
  "Ensure repository": async (registry, { host }) => {
    const settings = {
      repositoryPolicy: { Version: "2012-10-17", Statement: [] },
      lifecyclePolicy: { rules: [] },
      tags: { team: "release" },
    };
    const { repository } = parseReference(`${host}/team/new:x`);
    const name = { registry: host, repository };
    await registry.ensureRepository(name, settings);
    const changed = { ...settings, scanOnPush: true, tagMutability: { setting: "IMMUTABLE" }, tags: { team: "other" } };
    const { differences } = await registry.ensureRepository(name, { ...changed, update: true });
    expect(differences).toEqual([]);
  },
};

it.each(Object.entries(jobs))("%s needs what its policy grants, all of it and no more", async (heading, job) => {
  const actions = actionsUnder(heading);
  expect(actions.length).toBeGreaterThan(1);
  const place = await openPlace(actions);
  await job(place.registry, place);
  for (const missing of actions) {
    const poorer = await openPlace(actions.filter((action) => action !== missing));
    const outcome = await job(poorer.registry, poorer).then(
      () => "done",
      (error: { code: string }) => error.code,
    );
    expect([missing, outcome]).toEqual([missing, "DENIED"]);
  }
});
