import { formatReference, type Reference, tagReference } from "@bayplan/core";
import { afterEach, expect, it } from "vitest";
import { awsCredentials, drain, openEcr } from "./testing/open-ecr.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(...settings: Parameters<typeof openEcr>) {
  const opened = await openEcr(...settings);
  cleanUps.push(opened.close);
  return opened;
}

it("resolves 1,000 references in 200 repositories by at most 0.21 requests each", async () => {
  const repositories = Array.from({ length: 200 }, (_, index) => `team/app-${index}`);
  const { registry, simulator, store, nameOf } = await open({ simulator: { repositories } });
  const tags = ["v1", "v2", "v3", "v4", "none"];
  const digests = new Map<string, string>();
  for (const [index, repository] of repositories.entries()) {
    // A few have something in them; the others answer just as truthfully that they have not.
    if (index % 20 !== 0) continue;
    const image = await store(`content of ${repository}`, { tags: tags.slice(0, 4), into: nameOf(repository) });
    digests.set(repository, image.digest);
  }
  const references = repositories.flatMap((repository) => tags.map((tag) => tagReference(nameOf(repository), tag)));
  const before = simulator.log.length;
  const answers = await drain(registry.resolveMany(references));
  const requests = simulator.log.length - before;
  expect(requests / references.length).toBeLessThanOrEqual(0.21);
  expect(answers).toHaveLength(1000);
  for (const [reference, answer] of answers) {
    const digest = digests.get(reference.repository);
    const isThere = digest !== undefined && reference.kind === "tag" && reference.tag !== "none";
    expect(answer).toMatchObject(isThere ? { state: "present", descriptor: { digest } } : { state: "absent" });
  }
});

it("asks for 250 references of one repository in three requests, none of more than 100", async () => {
  const { registry, name, uses, store } = await open();
  await store("one", { tags: ["t7"] });
  const before = uses("BatchGetImage");
  const references = Array.from({ length: 250 }, (_, index) => tagReference(name, `t${index}`));
  const answers = await drain(registry.resolveMany(references));
  expect(uses("BatchGetImage") - before).toBe(3);
  expect(answers.filter(([, { state }]) => state === "present").map(([one]) => formatReference(one))).toEqual([
    `${name.registry}/team/app:t7`,
  ]);
});

it("tells what is absent from what is not known", async () => {
  const identities = [{ ...awsCredentials }];
  const { registry, simulator, name, nameOf, store } = await open({
    simulator: { identities, repositories: ["team/app", "team/b"] },
  });
  const image = await store("one", { tags: ["v1", "archived"] });
  const archived = await store("two", { into: nameOf("team/b"), tags: ["v1"] });
  simulator.archive("team/b", archived.digest);
  const digest: Reference = { kind: "digest", ...name, digest: image.digest };
  const wanted = [
    tagReference(name, "v1"),
    digest,
    { ...digest, tag: "v1" },
    tagReference(name, "none"),
    tagReference(nameOf("team/none"), "v1"),
    tagReference(nameOf("team/b"), "v1"),
  ];
  const answers = new Map(
    (await drain(registry.resolveMany(wanted))).map(([reference, answer]) => [formatReference(reference), answer]),
  );
  const states = wanted.map((reference) => answers.get(formatReference(reference))?.state);
  expect(states).toEqual(["present", "present", "present", "absent", "absent", "unknown"]);
});

it("keeps the failure of one repository to that repository", async () => {
  const { registry, simulator, name, nameOf, store } = await open({
    simulator: { repositories: ["team/app", "team/b"] },
  });
  await store("one", { tags: ["v1"] });
  // Of the five attempts for one of the two, none gets through.
  simulator.throttle("BatchGetImage", 1);
  const fault = simulator.inject({
    match: (request) => request.headers.get("x-amz-target")?.endsWith("BatchGetImage") === true,
    times: 1,
    effect: {
      status: 400,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify({
        __type: "AccessDeniedException",
        message: "not authorized to perform: ecr:BatchGetImage",
      }),
    },
  });
  const answers = await drain(registry.resolveMany([tagReference(name, "v1"), tagReference(nameOf("team/b"), "v1")]));
  expect(fault.hits).toBe(1);
  const unknown = answers.filter(([, answer]) => answer.state === "unknown");
  expect(answers).toHaveLength(2);
  expect(unknown).toMatchObject([[{}, { error: { code: "DENIED" } }]]);
});

it.each([
  ["leaves an image out", { images: [], failures: [] }, "RESPONSE_INVALID"],
  ["gives other bytes (a newline more)", { images: [{ newline: true }] }, "DIGEST_MISMATCH"],
])("takes an answer that %s for unknown", async (_, change, code) => {
  const { registry, simulator, name, store } = await open();
  const image = await store("one", { tags: ["v1"] });
  const text = new TextDecoder().decode(image.root.bytes);
  const lying = {
    failures: [],
    images: change.images.map(() => ({
      imageId: { imageTag: "v1", imageDigest: image.digest },
      imageManifest: `${text}\n`,
      imageManifestMediaType: image.root.descriptor.mediaType,
    })),
  };
  simulator.inject({
    match: (request) => request.headers.get("x-amz-target")?.endsWith("BatchGetImage") === true,
    effect: {
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify(lying),
    },
  });
  const [answer] = await drain(registry.resolveMany([tagReference(name, "v1")]));
  expect(answer?.[1]).toMatchObject({ state: "unknown", error: { code } });
});

it("stops asking when nobody listens any more", async () => {
  const repositories = Array.from({ length: 40 }, (_, index) => `team/app-${index}`);
  const { registry, uses, nameOf } = await open({ simulator: { repositories } });
  const references = repositories.map((repository) => tagReference(nameOf(repository), "v1"));
  for await (const _ of registry.resolveMany(references)) break;
  expect(uses("BatchGetImage")).toBeLessThan(20);
});
