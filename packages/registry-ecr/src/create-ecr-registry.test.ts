import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { parseReference, readOnly, tagReference } from "@bayplan/core";
import { createVirtualClock } from "@bayplan/testkit";
import { afterEach, expect, it, vi } from "vitest";
import { createEcrRegistry } from "./create-ecr-registry.ts";
import { findEcrAccount } from "./find-ecr-account.ts";
import { awsCredentials, drain, openEcr } from "./testing/open-ecr.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(...settings: Parameters<typeof openEcr>) {
  const opened = await openEcr(...settings);
  cleanUps.push(opened.close);
  return opened;
}

/** Leaves the SDK nothing to find on this computer, and sends it to the simulator. */
function onlySimulated(endpoint: string): void {
  vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("AWS_ENDPOINT_URL_ECR", endpoint);
  vi.stubEnv("AWS_ENDPOINT_URL_STS", endpoint);
  for (const name of ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) vi.stubEnv(name, undefined);
}

it("logs in once for many callers", async () => {
  const { registry, name, simulator, uses } = await open();
  const all = await Promise.all([1, 2, 3, 4, 5].map(() => registry.resolve(tagReference(name, "v1"))));
  expect(all).toEqual(Array(5).fill({ state: "absent" }));
  expect(uses("GetAuthorizationToken")).toBe(1);
  expect(simulator.log.filter((request) => request.status === 401)).toHaveLength(1);
});

it("asks for another password after 11 hours", async () => {
  const clock = createVirtualClock();
  const { registry, name, uses } = await open({ simulator: { clock, repositories: ["team/app"] } });
  const resolve = () => registry.resolve(tagReference(name, "v1"));
  await resolve();
  await clock.advance(10.9 * 3_600_000);
  await resolve();
  expect(uses("GetAuthorizationToken")).toBe(1);
  await clock.advance(0.2 * 3_600_000);
  expect(await resolve()).toEqual({ state: "absent" });
  expect(uses("GetAuthorizationToken")).toBe(2);
});

it.each([
  ["with 403 (quirk ecr-expired-403)", ["ecr-expired-403"] as const],
  ["with 401", []],
])("renews a password that the registry calls over %s", async (_, quirks) => {
  const [clock, slow] = [createVirtualClock(), createVirtualClock()];
  const { registry, name, store, uses } = await open({
    simulator: { clock, quirks, repositories: ["team/app"] },
    // By this one the password is young enough to be kept.
    registry: { clock: slow },
  });
  const image = await store("one");
  const [blob] = image.blobs;
  await clock.advance(12.1 * 3_600_000);
  await slow.advance(120_000);
  // A download is streamed: its refusal is, too.
  const chunks = await drain(
    registry.fetchBlob({ kind: "digest", ...name, digest: blob?.descriptor.digest ?? image.digest }),
  );
  expect(Buffer.concat(chunks)).toEqual(Buffer.from(blob?.bytes ?? []));
  await expect(drain(registry.listTags(name))).resolves.toEqual([]);
  expect(uses("GetAuthorizationToken")).toBe(2);
  // One that is new and refused is not renewed for ever.
  await clock.advance(12.1 * 3_600_000);
  await expect(drain(registry.listTags(name))).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(uses("GetAuthorizationToken")).toBe(2);
});

it.each([
  [400, "UnrecognizedClientException", "UNAUTHORIZED"],
  [400, "ExpiredTokenException", "UNAUTHORIZED"],
  [400, "InvalidSignatureException", "UNAUTHORIZED"],
  [400, "AccessDeniedException", "DENIED"],
  [400, "LimitExceededException", "DENIED"],
  [400, "ThrottlingException", "RATE_LIMITED"],
  [400, "RepositoryNotFoundException", "NOT_FOUND"],
  [400, "InvalidParameterException", "INVALID_INPUT"],
  [500, "ServerException", "UNAVAILABLE"],
  [400, "SomethingNewException", "RESPONSE_INVALID"],
])("an AWS answer %i %s is %s, without secrets", async (status, type, code) => {
  const { registry, name, simulator } = await open();
  simulator.inject({
    match: (request) => request.headers.has("x-amz-target"),
    times: Number.POSITIVE_INFINITY,
    effect: {
      status,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify({ __type: type, message: "refused" }),
    },
  });
  const error = await registry.resolve(tagReference(name, "v1")).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code });
  expect(inspect(error, { depth: 20, showHidden: true })).not.toMatch(/dummy-secret|AKIASIMULATED|Signature=/);
});

it("waits out throttling and gives up with RATE_LIMITED", async () => {
  const { registry, name, simulator } = await open();
  const fault = simulator.throttle("DescribeImages", 2);
  await expect(drain(registry.inventory.list(name))).resolves.toEqual([]);
  expect(fault.hits).toBe(2);
  simulator.throttle("DescribeImages", Number.POSITIVE_INFINITY);
  await expect(drain(registry.inventory.list(name))).rejects.toMatchObject({ code: "RATE_LIMITED" });
});

it("names the permission that is missing, on both ways", async () => {
  const identities = [{ ...awsCredentials, allow: ["ecr:GetAuthorizationToken"] }];
  const { registry, name } = await open({ simulator: { identities, repositories: ["team/app"] } });
  const denied = expect.objectContaining({ code: "DENIED", message: expect.stringContaining("ecr:DescribeImages") });
  await expect(drain(registry.inventory.list(name))).rejects.toEqual(denied);
  await expect(registry.resolve(tagReference(name, "v1"))).rejects.toMatchObject({ code: "DENIED" });
});

it("says NOT_FOUND where an upload is not answered because the repository does not exist", async () => {
  const { store, nameOf } = await open({ registry: { clock: createVirtualClock({ auto: true }) } });
  await expect(store("one", { into: nameOf("team/none") })).rejects.toMatchObject({ code: "NOT_FOUND" });
});

it("is DENIED a push beyond the quota, and a tag", async () => {
  const { store, registry, name } = await open({ simulator: { imageQuota: 1, repositories: ["team/app"] } });
  await store("one", { tags: ["v1"] });
  await expect(store("two")).rejects.toMatchObject({ code: "DENIED" });
  expect(await registry.resolve(tagReference(name, "v1"))).toMatchObject({ state: "present" });
});

it("takes the digest of a manifest from its bytes where the header is missing", async () => {
  const { store, registry, name } = await open({
    simulator: { quirks: ["ecr-no-digest-header"], repositories: ["team/app"] },
  });
  const image = await store("one", { tags: ["v1"] });
  expect((await registry.fetchManifest(tagReference(name, "v1")))?.descriptor.digest).toBe(image.digest);
  expect(await registry.resolve(tagReference(name, "v1"))).toMatchObject({ descriptor: { digest: image.digest } });
});

it("cancels a login", async () => {
  const { registry, name } = await open();
  const signal = AbortSignal.abort();
  await expect(registry.resolve(tagReference(name, "v1"), { signal })).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(registry.ensureRepository(name, { signal })).rejects.toMatchObject({ code: "CANCELLED" });
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
  expect(() => createEcrRegistry({ hosts: ["127.0.0.1:5000"] })).toThrow(invalid);
  const own = "123456789012.dkr.ecr.us-west-2.amazonaws.com";
  expect(createEcrRegistry({ hosts: [own] }).hosts).toEqual([own]);
  expect(() => createEcrRegistry({ hosts: [own], region: "eu-central-1" })).toThrow(invalid);
  expect(() => createEcrRegistry({ hosts: [own], fips: true })).toThrow(invalid);
  vi.stubEnv("AWS_DEFAULT_REGION", "us-west-2");
  expect(createEcrRegistry({ accountId }).hosts).toEqual([own]);
  vi.stubEnv("AWS_REGION", "eu-central-1");
  expect(createEcrRegistry({ hosts: [own] }).hosts).toEqual([own]);
  const registry = createEcrRegistry({ accountId });
  expect(registry.hosts).toEqual(["123456789012.dkr.ecr.eu-central-1.amazonaws.com"]);
  await expect(registry.resolve(parseReference("ghcr.io/a/b:1"))).rejects.toMatchObject({ code: "NOT_ALLOWED" });
});

it("refuses one client for two regions", () => {
  const hosts = ["us-west-2", "eu-central-1"].map((region) => `123456789012.dkr.ecr.${region}.amazonaws.com`);
  const client = { send: async () => ({}) } as never;
  expect(() => createEcrRegistry({ hosts, client })).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  expect(createEcrRegistry({ hosts }).hosts).toEqual(hosts);
});

it("uses explicit keys before those of the environment", async () => {
  const { served, simulator } = await open();
  onlySimulated(served.origin);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "dummy-secret");
  const registry = createEcrRegistry({ hosts: [served.host], credentials: awsCredentials });
  cleanUps.push(registry.close);
  expect(await registry.resolve(parseReference(`${served.host}/team/app:v1`))).toEqual({ state: "absent" });
  expect(simulator.calls.every(({ isAllowed }) => isAllowed)).toBe(true);
});

it("uses a profile, and its region", async () => {
  const { served } = await open();
  onlySimulated(served.origin);
  vi.stubEnv("AWS_REGION", undefined);
  vi.stubEnv("AWS_DEFAULT_REGION", undefined);
  const directory = await mkdtemp(join(tmpdir(), "bayplan-aws-"));
  cleanUps.push(() => rm(directory, { recursive: true }));
  const file = join(directory, "config");
  const { accessKeyId, secretAccessKey } = awsCredentials;
  const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
  await writeFile(file, `[profile release]\nregion = eu-central-1\n${keys}`);
  vi.stubEnv("AWS_CONFIG_FILE", file);
  const registry = createEcrRegistry({ hosts: [served.host], profile: "release" });
  cleanUps.push(registry.close);
  expect(await registry.resolve(parseReference(`${served.host}/team/app:v1`))).toEqual({ state: "absent" });
  expect(await findEcrAccount({ profile: "release" })).toEqual({ accountId: "123456789012", region: "eu-central-1" });
});

it("exchanges the token of a GitHub workflow for credentials", async () => {
  const accessKeyId = "ASIASIMULATED0000001";
  const { served, simulator } = await open({
    simulator: { repositories: ["team/app"], webIdentities: { "dummy-oidc-token": { accessKeyId } } },
  });
  onlySimulated(served.origin);
  const directory = await mkdtemp(join(tmpdir(), "bayplan-aws-"));
  cleanUps.push(() => rm(directory, { recursive: true }));
  const file = join(directory, "token");
  await writeFile(file, "dummy-oidc-token");
  vi.stubEnv("AWS_WEB_IDENTITY_TOKEN_FILE", file);
  vi.stubEnv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/release");
  vi.stubEnv("AWS_ROLE_SESSION_NAME", "workflow");
  const registry = createEcrRegistry({ hosts: [served.host] });
  cleanUps.push(registry.close);
  expect(await registry.resolve(parseReference(`${served.host}/team/app:v1`))).toEqual({ state: "absent" });
  const arns = new Set(simulator.calls.map(({ arn }) => arn));
  expect([...arns]).toEqual(["arn:aws:sts::123456789012:assumed-role/release/workflow"]);
});

it("finds the account of the credentials, and says UNAUTHORIZED without any", async () => {
  const { served } = await open();
  onlySimulated(served.origin);
  expect(await findEcrAccount({ credentials: awsCredentials })).toEqual({
    accountId: "123456789012",
    region: "eu-central-1",
  });
  await expect(findEcrAccount()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  await expect(findEcrAccount({ region: "nowhere" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
});

it("leaves nothing that writes to readOnly", async () => {
  const { registry } = await open();
  const reader = readOnly(registry);
  const names = ["ensureRepository", "deleteManifest", "deleteManifests", "untag", "tagMany", "mountBlob"];
  for (const name of names) expect([name, name in registry, name in reader]).toEqual([name, true, false]);
  expect(Object.keys(reader)).toEqual(expect.arrayContaining(["inventory", "resolveMany"]));
});
