import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  PutImageCommand,
} from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { digestOf, mediaTypes } from "@bayplan/core";
import { afterEach, expect, it } from "vitest";
import { type BuiltImage, buildImage } from "../image/build-image.ts";
import { serve } from "../serve.ts";
import { createVirtualClock } from "../virtual-clock.ts";
import type { EcrQuirk } from "./ecr-quirk.ts";
import { createEcrSimulator, type EcrSimulatorOptions } from "./ecr-simulator.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const repositoryName = "team/app";

async function open(options: EcrSimulatorOptions = {}) {
  const simulator = createEcrSimulator({ repositories: [repositoryName], ...options });
  const served = await serve(simulator.fetch);
  const clientWith = (config: { accessKeyId?: string; sessionToken?: string; region?: string } = {}) => {
    const { region = simulator.region, ...keys } = config;
    const credentials = { accessKeyId: "AKIASIMULATED0000000", secretAccessKey: "dummy-secret", ...keys };
    const client = new ECRClient({ region, endpoint: served.origin, credentials, maxAttempts: 1 });
    cleanUps.push(async () => client.destroy());
    return client;
  };
  cleanUps.push(served.close);
  const client = clientWith();
  const login = async (from = client): Promise<string> => {
    const { authorizationData } = await from.send(new GetAuthorizationTokenCommand({}));
    return `Basic ${authorizationData?.[0]?.authorizationToken}`;
  };
  const registry = async (
    method: string,
    path: string,
    init: { authorization: string; body?: Uint8Array; type?: string },
  ) =>
    simulator.fetch(`${served.origin}/v2/${path}`, {
      method,
      headers: {
        authorization: init.authorization,
        accept: Object.values(mediaTypes).join(","),
        ...(init.type === undefined ? {} : { "content-type": init.type }),
      },
      ...(init.body === undefined ? {} : { body: init.body }),
    });
  /** Pushes as docker does. */
  async function push(image: BuiltImage, tag?: string): Promise<number> {
    const authorization = await login();
    for (const { bytes, descriptor } of image.blobs) {
      const path = `${repositoryName}/blobs/uploads/?digest=${descriptor.digest}`;
      await registry("POST", path, { authorization, body: bytes });
    }
    for (const { bytes, descriptor } of image.children) {
      const path = `${repositoryName}/manifests/${descriptor.digest}`;
      await registry("PUT", path, { authorization, body: bytes, type: descriptor.mediaType });
    }
    const { bytes, descriptor } = image.root;
    const path = `${repositoryName}/manifests/${tag ?? descriptor.digest}`;
    return (await registry("PUT", path, { authorization, body: bytes, type: descriptor.mediaType })).status;
  }
  return { simulator, served, client, clientWith, login, registry, push };
}

const build = (content: string, platforms = ["linux/amd64"]) => buildImage({ platforms, files: { a: content } });
const manifestOf = (image: BuiltImage) => ({
  imageManifest: new TextDecoder().decode(image.root.bytes),
  imageManifestMediaType: image.root.descriptor.mediaType,
});
const named = (name: string) => expect.objectContaining({ name });

it("refuses calls that are not signed, by whom it does not know, and for another region", async () => {
  const { simulator, served, clientWith } = await open({
    identities: [
      { accessKeyId: "AKIASIMULATED0000000" },
      { accessKeyId: "ASIAOVER", sessionToken: "t", isExpired: true },
    ],
  });
  const target = { "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories" };
  const unsigned = await simulator.fetch(served.origin, { method: "POST", headers: target, body: "{}" });
  expect(await unsigned.json()).toMatchObject({ __type: "MissingAuthenticationTokenException" });
  const call = (config: Parameters<typeof clientWith>[0]) =>
    clientWith(config).send(new DescribeRepositoriesCommand({}));
  await expect(call({ accessKeyId: "AKIAUNKNOWN" })).rejects.toEqual(named("UnrecognizedClientException"));
  await expect(call({ accessKeyId: "ASIAOVER" })).rejects.toEqual(named("UnrecognizedClientException"));
  const over = call({ accessKeyId: "ASIAOVER", sessionToken: "t" });
  await expect(over).rejects.toEqual(named("ExpiredTokenException"));
  await expect(call({ region: "us-east-1" })).rejects.toEqual(named("InvalidSignatureException"));
  await expect(call({})).resolves.toMatchObject({ repositories: [{ repositoryName }] });
});

it("answers who is calling, as STS does", async () => {
  const { served, simulator } = await open();
  const credentials = { accessKeyId: "AKIASIMULATED0000000", secretAccessKey: "dummy-secret" };
  const client = new STSClient({ region: simulator.region, endpoint: served.origin, credentials });
  cleanUps.push(async () => client.destroy());
  expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: "123456789012" });
});

it("denies what is not allowed, on both ways, and says who may not do what", async () => {
  const accessKeyId = "AKIAREADER";
  const allow = ["ecr:GetAuthorizationToken", "ecr:Describe*"];
  const { simulator, clientWith, login, registry } = await open({ identities: [{ accessKeyId, allow }] });
  const client = clientWith({ accessKeyId });
  await expect(client.send(new DescribeImagesCommand({ repositoryName }))).resolves.toMatchObject({ imageDetails: [] });
  const denied = client.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "v1" }] }));
  await expect(denied).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining(
      "is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:eu-central-1:123456789012:repository/team/app",
    ),
  });
  const authorization = await login(client);
  const response = await registry("GET", `${repositoryName}/tags/list`, { authorization });
  expect([response.status, await response.json()]).toMatchObject([403, { errors: [{ code: "DENIED" }] }]);
  expect(simulator.calls.filter(({ isAllowed }) => !isAllowed).map(({ action, via }) => [action, via])).toEqual([
    ["ecr:BatchGetImage", "api"],
    ["ecr:ListImages", "registry"],
  ]);
});

it("gives one state through both of its sides", async () => {
  const clock = createVirtualClock();
  const { client, push, login, registry } = await open({ clock });
  const image = await build("one", ["linux/amd64", "linux/arm64"]);
  expect(await push(image, "v1")).toBe(201);
  const imageIds = [{ imageTag: "v1" }, { imageDigest: image.digest }, { imageTag: "none" }];
  const { images, failures } = await client.send(new BatchGetImageCommand({ repositoryName, imageIds }));
  expect(images).toMatchObject([
    { imageId: { imageTag: "v1", imageDigest: image.digest }, ...manifestOf(image) },
    { imageId: { imageDigest: image.digest } },
  ]);
  expect(failures).toMatchObject([{ failureCode: "ImageNotFound" }]);
  const { imageDetails } = await client.send(
    new DescribeImagesCommand({ repositoryName, filter: { tagStatus: "TAGGED" } }),
  );
  expect(imageDetails).toMatchObject([{ imageTags: ["v1"], imagePushedAt: new Date(clock.now()) }]);
  await client.send(new PutImageCommand({ repositoryName, imageTag: "v2", ...manifestOf(image) }));
  const listed = await registry("GET", `${repositoryName}/tags/list`, { authorization: await login() });
  expect(await listed.json()).toMatchObject({ tags: ["v1", "v2"] });
});

it("gives no image of a type that is not accepted", async () => {
  const { client, push } = await open();
  await push(await build("one"), "v1");
  const acceptedMediaTypes = [mediaTypes.dockerManifest];
  const asked = new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "v1" }], acceptedMediaTypes });
  expect(await client.send(asked)).toMatchObject({ images: [], failures: [{ failureCode: "ImageNotFound" }] });
});

it("fails a whole DescribeImages for one missing image", async () => {
  const { client, push } = await open();
  const image = await build("one");
  await push(image, "v1");
  const imageIds = [{ imageDigest: image.digest }, { imageTag: "none" }];
  const described = client.send(new DescribeImagesCommand({ repositoryName, imageIds }));
  await expect(described).rejects.toEqual(named("ImageNotFoundException"));
});

it("refuses more than 100 ids, and pages of more than 1000", async () => {
  const { client, login, registry } = await open();
  const imageIds = Array.from({ length: 101 }, (_, index) => ({ imageTag: `t${index}` }));
  const invalid = named("InvalidParameterException");
  await expect(client.send(new BatchGetImageCommand({ repositoryName, imageIds }))).rejects.toEqual(invalid);
  await expect(client.send(new BatchDeleteImageCommand({ repositoryName, imageIds }))).rejects.toEqual(invalid);
  await expect(client.send(new DescribeImagesCommand({ repositoryName, maxResults: 1001 }))).rejects.toEqual(invalid);
  const response = await registry("GET", `${repositoryName}/tags/list?n=1001`, { authorization: await login() });
  expect([response.status, await response.json()]).toMatchObject([405, { errors: [{ code: "UNSUPPORTED" }] }]);
});

it("pages through everything, and takes no token that it did not give", async () => {
  const { client, push } = await open();
  for (const content of ["a", "b", "c"]) await push(await build(content));
  const first = await client.send(new DescribeImagesCommand({ repositoryName, maxResults: 2 }));
  const { nextToken = "" } = first;
  const second = await client.send(new DescribeImagesCommand({ repositoryName, maxResults: 2, nextToken }));
  const digests = [...(first.imageDetails ?? []), ...(second.imageDetails ?? [])].map(({ imageDigest }) => imageDigest);
  expect([new Set(digests).size, second.nextToken]).toEqual([3, undefined]);
  const made = client.send(new DescribeImagesCommand({ repositoryName, nextToken: "made-up" }));
  await expect(made).rejects.toEqual(named("InvalidParameterException"));
});

it("refuses what PutImage refuses", async () => {
  const { client, push } = await open();
  const image = await build("one");
  await push(image, "v1");
  const put = (input: object) => client.send(new PutImageCommand({ repositoryName, ...manifestOf(image), ...input }));
  await expect(put({ imageTag: "v1" })).rejects.toEqual(named("ImageAlreadyExistsException"));
  await expect(put({})).rejects.toEqual(named("ImageAlreadyExistsException"));
  const imageDigest = digestOf(new TextEncoder().encode("other"));
  await expect(put({ imageTag: "v2", imageDigest })).rejects.toEqual(named("ImageDigestDoesNotMatchException"));
  const foreign = await build("never pushed");
  await expect(put({ ...manifestOf(foreign), imageTag: "v2" })).rejects.toEqual(named("LayersNotFoundException"));
  const index = await build("never pushed", ["linux/amd64", "linux/arm64"]);
  const missing = put({ ...manifestOf(index), imageTag: "v2" });
  await expect(missing).rejects.toEqual(named("ReferencedImagesNotFoundException"));
});

it.each([
  [undefined, "ImageTagAlreadyExistsException", 400],
  [[] as EcrQuirk[], "ImageAlreadyExistsException", 400],
])("refuses immutable tags for the same digest (quirks %j)", async (quirks, expected, pushed) => {
  const { client, push } = await open({ repositories: [], ...(quirks === undefined ? {} : { quirks }) });
  await client.send(new CreateRepositoryCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
  const [image, other] = [await build("one"), await build("two")];
  await push(image, "v1");
  await push(other);
  const put = (one: BuiltImage) =>
    client.send(new PutImageCommand({ repositoryName, imageTag: "v1", ...manifestOf(one) }));
  await expect(put(image)).rejects.toEqual(named(expected));
  await expect(put(other)).rejects.toEqual(named("ImageTagAlreadyExistsException"));
  expect(await push(other, "v1")).toBe(pushed);
});

it("deletes by tag, by digest and by both, and reports what it keeps inside a 200", async () => {
  const { client, push, simulator } = await open();
  const image = await build("one", ["linux/amd64", "linux/arm64"]);
  for (const tag of ["v1", "v2"]) await push(image, tag);
  const child = image.children[0]?.descriptor.digest;
  const remove = (...imageIds: object[]) => client.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
  const imageDigest = digestOf(new TextEncoder().encode("other"));
  const kept = await remove({ imageTag: "v1", imageDigest }, { imageTag: "none" }, {}, { imageDigest: child });
  expect(kept.failures?.map(({ failureCode }) => failureCode)).toEqual([
    "ImageTagDoesNotMatchDigest",
    "ImageNotFound",
    "MissingDigestAndTag",
    "ImageReferencedByManifestList",
  ]);
  expect(kept.failures?.at(-1)?.failureReason).toContain(image.digest);
  expect(await remove({ imageTag: "v2" })).toMatchObject({ imageIds: [{ imageTag: "v2", imageDigest: image.digest }] });
  expect(simulator.images(repositoryName)).toHaveLength(3);
  // Not in one call with its index, either.
  const both = await remove({ imageTag: "v1", imageDigest: image.digest }, { imageDigest: child });
  expect(both.failures).toMatchObject([{ failureCode: "ImageReferencedByManifestList" }]);
  expect(simulator.images(repositoryName)).toHaveLength(2);
  expect(await remove({ imageDigest: child })).toMatchObject({ failures: [] });
});

it("keeps quotas of images, and of tags on one image", async () => {
  const { client, push } = await open({ imageQuota: 1, tagQuota: 3 });
  const image = await build("one");
  await push(image, "v1");
  expect(await push(await build("two"), "v2")).toBe(403);
  for (let index = 0; index < 2; index += 1) {
    await client.send(new PutImageCommand({ repositoryName, imageTag: `t${index}`, ...manifestOf(image) }));
  }
  const full = client.send(new PutImageCommand({ repositoryName, imageTag: "more", ...manifestOf(image) }));
  await expect(full).rejects.toEqual(named("LimitExceededException"));
  // What is there already takes no room.
  expect([await push(image, "v1"), await push(image, "more")]).toEqual([201, 403]);
});

it.each([
  ["ecr-eof-on-missing-repository", undefined],
  [undefined, 404],
])("answers an upload to a missing repository with nothing (%s)", async (quirk, status) => {
  const { login, registry } = await open({ quirks: quirk === undefined ? [] : [quirk as EcrQuirk] });
  const authorization = await login();
  const answered = registry("POST", "team/none/blobs/uploads/", { authorization });
  if (status === undefined) await expect(answered).rejects.toThrow(TypeError);
  else expect((await answered).status).toBe(status);
});

it("answers HEAD of an illegal tag with 400 and no body", async () => {
  const { login, registry } = await open();
  const response = await registry("HEAD", `${repositoryName}/manifests/v1+2`, { authorization: await login() });
  expect([response.status, await response.text()]).toEqual([400, ""]);
});

it("ends passwords after 12 hours", async () => {
  const clock = createVirtualClock();
  const { login, registry } = await open({ clock });
  const authorization = await login();
  await clock.advance(12 * 3_600_000 - 1);
  expect((await registry("GET", `${repositoryName}/tags/list`, { authorization })).status).toBe(200);
  await clock.advance(1);
  expect((await registry("GET", `${repositoryName}/tags/list`, { authorization })).status).toBe(403);
  expect((await registry("GET", `${repositoryName}/tags/list`, { authorization: "Basic eDp5" })).status).toBe(401);
});
