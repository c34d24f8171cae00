import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { createEcrRegistry } from "@bayplan/registry-ecr";
import { createEcrSimulator, serve } from "@bayplan/testkit";
import type { SimulatedRegistry } from "./simulated-registry.ts";

// In the form of real ones, and good for nothing.
const keys = { accessKeyId: "AKIASIMULATED0000000", secretAccessKey: "simulated-secret" };

/** An Amazon ECR in memory on a loopback socket, without repositories; the real AWS SDK speaks to it. */
export async function startEcr(): Promise<SimulatedRegistry> {
  const simulator = createEcrSimulator({ identities: [{ accessKeyId: keys.accessKeyId }] });
  const served = await serve((request) => simulator.fetch(request));
  const { region } = simulator;
  const client = new ECRClient({ region, endpoint: served.origin, credentials: keys });
  const adapter = createEcrRegistry({ client, region, hosts: [served.host] });
  return {
    host: served.host,
    adapter,
    // As `aws ecr get-login-password | docker login` does in a job.
    access: { origin: served.origin, credentials: await logIn(client) },
    async ensureRepositories(names) {
      for (const name of names) await adapter.ensureRepository(name, { scanOnPush: true });
    },
    async close() {
      await adapter.close();
      client.destroy();
      await served.close();
    },
  };
}

async function logIn(client: ECRClient) {
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  const token = authorizationData?.[0]?.authorizationToken ?? "";
  const [username = "", password = ""] = Buffer.from(token, "base64").toString("utf8").split(":");
  return { username, password };
}
