import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { ECRClient } from "@aws-sdk/client-ecr";
import { digestReference, parseReference, tagReference } from "@bayplan/core";
import { buildImage, createEmbeddedRegistry, createVirtualClock, serve } from "@bayplan/testkit";
import { afterEach, expect, it, vi } from "vitest";
import { createEcrRegistry } from "./create-ecr-registry.ts";

// Dummies in the form of the real ones.
const awsCredentials = {
  accessKeyId: "AKIADUMMYDUMMYDUMMY0",
  secretAccessKey: "dummy-secret",
  sessionToken: "dummy-session",
};
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Amazon's API as far as logging in goes: a JSON-over-POST service that gives the registry's current password. */
async function startAws(state: { password: string; failure?: { status: number; type: string } }) {
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    calls.push(String(request.headers["x-amz-target"]));
    const { failure } = state;
    const authorizationToken = Buffer.from(`AWS:${state.password}`).toString("base64");
    const expiresAt = Date.now() / 1000 + 43_200;
    response.writeHead(failure?.status ?? 200, { "content-type": "application/x-amz-json-1.1" });
    const answer =
      failure === undefined
        ? { authorizationData: [{ authorizationToken, expiresAt }] }
        : { __type: failure.type, message: "refused" };
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new ECRClient({
    region: "eu-central-1",
    endpoint,
    credentials: awsCredentials,
    maxAttempts: 1,
  });
  cleanUps.push(async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { client, calls, endpoint };
}

async function start(state: { password: string; failure?: { status: number; type: string } }) {
  const aws = await startAws(state);
  const users: Record<string, string> = { AWS: state.password };
  const embedded = createEmbeddedRegistry({
    auth: { kind: "basic", users },
    immutableTags: (_, tag) => tag.startsWith("v"),
  });
  const served = await serve(embedded.fetch);
  const clock = createVirtualClock();
  const registry = createEcrRegistry({ client: aws.client, region: "eu-central-1", hosts: [served.host], clock });
  cleanUps.push(served.close, registry.close);
  const name = { registry: served.host, repository: "team/app" };
  return { ...aws, embedded, users, clock, registry, name };
}

it("logs in once for many callers, over the real SDK, and pushes, tags and resolves", async () => {
  const { registry, name, calls, embedded } = await start({ password: "dummy-password" });
  const image = await buildImage({ platforms: ["linux/amd64"], files: { a: "b" } });
  for (const blob of image.blobs) await registry.putBlob(name, blob.descriptor, ReadableStream.from([blob.bytes]));
  for (const manifest of [...image.children, image.root]) await registry.putManifest(name, manifest);
  const target = digestReference(name, image.digest);
  expect(await registry.tag(target, "v1", { absent: true })).toMatchObject({ changed: true });
  const all = await Promise.all([1, 2, 3, 4, 5].map(() => registry.resolve(tagReference(name, "v1"))));
  expect(all.map((one) => one.state)).toEqual(Array(5).fill("present"));
  expect(await registry.resolve(tagReference(name, "none"))).toEqual({ state: "absent" });
  expect(calls).toEqual(["AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"]);
  expect(embedded.log.filter((request) => request.status === 401)).toHaveLength(1);

  const other = await buildImage({ platforms: ["linux/amd64"], files: { a: "c" } });
  for (const blob of other.blobs) await registry.putBlob(name, blob.descriptor, ReadableStream.from([blob.bytes]));
  for (const manifest of [...other.children, other.root]) await registry.putManifest(name, manifest);
  const move = registry.tag(digestReference(name, other.digest), "v1", { digest: image.digest });
  await expect(move).rejects.toMatchObject({ code: "TAG_IMMUTABLE" });
});

it("asks for another password after 11 hours, and when the registry refuses the old one", async () => {
  const state = { password: "dummy-1" };
  const { registry, name, calls, users, clock } = await start(state);
  const reference = tagReference(name, "v1");
  await registry.resolve(reference);
  await clock.advance(10.9 * 3_600_000);
  await registry.resolve(reference);
  expect(calls).toHaveLength(1);
  await clock.advance(0.2 * 3_600_000);
  await registry.resolve(reference);
  expect(calls).toHaveLength(2);
  state.password = "dummy-2";
  users["AWS"] = "dummy-2";
  await clock.advance(120_000);
  expect(await registry.resolve(reference)).toEqual({ state: "absent" });
  expect(calls).toHaveLength(3);
  // A password that is new and wrong is not renewed for ever.
  users["AWS"] = "dummy-3";
  await expect(registry.resolve(reference)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(calls).toHaveLength(3);
});

it.each([
  [400, "UnrecognizedClientException", "UNAUTHORIZED"],
  [400, "AccessDeniedException", "DENIED"],
  [400, "ThrottlingException", "RATE_LIMITED"],
  [500, "ServerException", "UNAVAILABLE"],
  [400, "SomethingNewException", "RESPONSE_INVALID"],
])("an AWS answer %i %s is %s, without secrets", async (status, type, code) => {
  const { registry, name } = await start({ password: "dummy", failure: { status, type } });
  const error = await registry.resolve(tagReference(name, "v1")).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code });
  expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/dummy-secret|dummy-session|AKIADUMMY/);
});

it("cancels a login", async () => {
  const { registry, name } = await start({ password: "dummy" });
  const signal = AbortSignal.abort();
  await expect(registry.resolve(tagReference(name, "v1"), { signal })).rejects.toMatchObject({ code: "CANCELLED" });
});

it("knows its host from account and region, and refuses to guess", async () => {
  vi.stubEnv("AWS_REGION", undefined);
  vi.stubEnv("AWS_DEFAULT_REGION", undefined);
  const accountId = "123456789012";
  const invalid = expect.objectContaining({ code: "INVALID_INPUT" });
  expect(() => createEcrRegistry({ accountId })).toThrow(invalid);
  expect(() => createEcrRegistry({ accountId, region: "localhost" })).toThrow(invalid);
  expect(() => createEcrRegistry({ region: "us-east-1" })).toThrow(invalid);
  expect(() => createEcrRegistry({ accountId: "12", region: "us-east-1" })).toThrow(invalid);
  vi.stubEnv("AWS_DEFAULT_REGION", "us-west-2");
  expect(createEcrRegistry({ accountId }).hosts).toEqual(["123456789012.dkr.ecr.us-west-2.amazonaws.com"]);
  vi.stubEnv("AWS_REGION", "eu-central-1");
  const registry = createEcrRegistry({ accountId });
  expect(registry.hosts).toEqual(["123456789012.dkr.ecr.eu-central-1.amazonaws.com"]);
  expect(createEcrRegistry({ accountId, region: "cn-north-1" }).hosts).toEqual([
    "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
  ]);
  await expect(registry.resolve(parseReference("ghcr.io/a/b:1"))).rejects.toMatchObject({ code: "NOT_ALLOWED" });
});

it("makes a client of its own from the SDK's usual environment when none is given", async () => {
  const { endpoint, calls, name } = await start({ password: "dummy-password" });
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("AWS_ENDPOINT_URL_ECR", endpoint);
  vi.stubEnv("AWS_ACCESS_KEY_ID", awsCredentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", awsCredentials.secretAccessKey);
  const registry = createEcrRegistry({ hosts: [name.registry] });
  cleanUps.push(registry.close);
  expect(await registry.resolve(tagReference(name, "v1"))).toEqual({ state: "absent" });
  expect(calls).toHaveLength(1);
});
