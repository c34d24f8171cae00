import { ECRPUBLICClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr-public";
import { parseRepository, tagReference } from "@bayplan/core";
import { buildImage, createEcrPublicSimulator, pushImage, serve } from "@bayplan/testkit";
import { afterEach, expect, it } from "vitest";
import { createEcrPublicRegistry, type EcrPublicRegistryOptions } from "./create-ecr-public-registry.ts";
import { awsCredentials, drain } from "./testing/open-ecr.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(options: Omit<EcrPublicRegistryOptions, "client" | "hosts">) {
  const simulator = createEcrPublicSimulator();
  const served = await serve(simulator.fetch);
  const image = await buildImage({ platforms: ["linux/amd64"], files: { a: "b" } });
  const client = new ECRPUBLICClient({ region: "us-east-1", endpoint: served.origin, credentials: awsCredentials });
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  const password = Buffer.from(authorizationData?.authorizationToken ?? "", "base64")
    .toString()
    .slice(4);
  const credentials = { username: "AWS", password };
  await pushImage({ origin: served.origin, credentials, repository: "docker/app", tag: "v1", image });
  const before = simulator.calls.length;
  const registry = createEcrPublicRegistry({
    ...options,
    hosts: [served.host],
    ...(options.authenticated === true ? { client } : {}),
  });
  cleanUps.push(async () => {
    await registry.close();
    client.destroy();
    await served.close();
  });
  const logins = () => simulator.calls.slice(before).map(({ action }) => action);
  return { registry, simulator, logins, image, name: parseRepository(`${served.host}/docker/app`) };
}

it("reads and lists anonymously", async () => {
  const { registry, name, image, logins } = await open({});
  expect(await registry.resolve(tagReference(name, "v1"))).toMatchObject({ descriptor: { digest: image.digest } });
  expect(await registry.resolve(tagReference(name, "none"))).toEqual({ state: "absent" });
  expect(await drain(registry.listTags(name))).toEqual(["v1"]);
  expect(logins()).toEqual([]);
});

it("logs in by the API of us-east-1, once, if asked to", async () => {
  const { registry, name, image, logins, simulator } = await open({ authenticated: true });
  const before = simulator.log.length;
  await Promise.all([1, 2, 3].map(() => registry.resolve(tagReference(name, "v1"))));
  expect((await registry.fetchManifest(tagReference(name, "v1")))?.descriptor.digest).toBe(image.digest);
  expect(logins()).toEqual(["ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"]);
  expect(simulator.log.slice(before).some(({ path, user }) => path === "/token/" && user !== undefined)).toBe(true);
});

it("changes nothing", async () => {
  const { registry, name, image } = await open({});
  await expect(registry.putManifest(name, image.root)).rejects.toMatchObject({ code: "NOT_ALLOWED" });
  expect(Object.keys(registry)).not.toEqual(expect.arrayContaining(["deleteManifest"]));
  expect(createEcrPublicRegistry().hosts).toEqual(["public.ecr.aws"]);
  expect(() => createEcrPublicRegistry({ credentials: awsCredentials })).toThrow(
    expect.objectContaining({ code: "INVALID_INPUT" }),
  );
});
