import { ECRPUBLICClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr-public";
import { afterEach, expect, it } from "vitest";
import { serve } from "../serve.ts";
import { createEcrPublicSimulator, type EcrPublicSimulatorOptions } from "./ecr-public-simulator.ts";

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function open(options: EcrPublicSimulatorOptions = {}, region = "us-east-1") {
  const simulator = createEcrPublicSimulator(options);
  const served = await serve(simulator.fetch);
  const credentials = { accessKeyId: "AKIASIMULATED0000000", secretAccessKey: "dummy-secret" };
  const client = new ECRPUBLICClient({ region, endpoint: served.origin, credentials, maxAttempts: 1 });
  cleanUps.push(served.close, async () => client.destroy());
  return { simulator, served, login: () => client.send(new GetAuthorizationTokenCommand({})) };
}

it("gives passwords in us-east-1 only, to who may have them", async () => {
  const { login } = await open();
  const { authorizationData } = await login();
  expect(Buffer.from(authorizationData?.authorizationToken ?? "", "base64").toString()).toMatch(/^AWS:.+/);
  const elsewhere = await open({}, "eu-central-1");
  await expect(elsewhere.login()).rejects.toMatchObject({ name: "InvalidSignatureException" });
  const allow = ["ecr-public:GetAuthorizationToken"];
  const poor = await open({ identities: [{ accessKeyId: "AKIASIMULATED0000000", allow }] });
  await expect(poor.login()).rejects.toMatchObject({ name: "AccessDeniedException" });
});

it("challenges with its realm, which has a path, and the scope aws", async () => {
  const { simulator, served } = await open();
  const response = await simulator.fetch(`${served.origin}/v2/docker/app/tags/list`);
  expect(response.status).toBe(401);
  const challenge = response.headers.get("www-authenticate") ?? "";
  expect(challenge).toContain(`realm="${served.origin}/token/"`);
  expect(challenge).toContain('scope="aws"');
  const [, service = ""] = /service="([^"]*)"/.exec(challenge) ?? [];
  const scope = "repository:docker/app:pull";
  const token = await simulator.fetch(`${served.origin}/token/?service=${service}&scope=${scope}`);
  expect(await token.json()).toMatchObject({ token: expect.any(String) });
});
