import { ECRClient } from "@aws-sdk/client-ecr";
import { digestReference, parseRepository, type RepositoryName } from "@bayplan/core";
import { type BuiltImage, buildImage, createEcrSimulator, type EcrSimulatorOptions, serve } from "@bayplan/testkit";
import { createEcrRegistry, type EcrRegistryOptions } from "../create-ecr-registry.ts";

/** Dummies in the form of the real ones. */
export const awsCredentials = { accessKeyId: "AKIASIMULATED0000000", secretAccessKey: "dummy-secret" };

// As the SDK's own, without the waiting.
const promptRetries = {
  acquireInitialRetryToken: async () => ({ getRetryCount: () => 0, getRetryDelay: () => 0 }),
  refreshRetryTokenForRetry: async (token: { getRetryCount(): number }, { errorType }: { errorType: string }) => {
    if (token.getRetryCount() >= 4 || errorType === "CLIENT_ERROR") throw new Error("no more attempts");
    return { getRetryCount: () => token.getRetryCount() + 1, getRetryDelay: () => 0 };
  },
  recordSuccess: () => {},
};

/** A client of the real SDK for a simulator; up to 5 attempts, at once. */
export function createTestClient(endpoint: string, credentials = awsCredentials): ECRClient {
  return new ECRClient({ region: "eu-central-1", endpoint, credentials, retryStrategy: promptRetries });
}

interface StoreOptions {
  readonly tags?: readonly string[];
  readonly platforms?: readonly string[];
  readonly into?: RepositoryName;
}

/** Everything that comes. */
export async function drain<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** An adapter over a simulator on a loopback socket, spoken to by the real AWS SDK. */
export async function openEcr(
  settings: {
    readonly simulator?: EcrSimulatorOptions;
    readonly registry?: Omit<EcrRegistryOptions, "hosts" | "client">;
    /** Who uses the adapter. Default the first identity of the simulator. */
    readonly accessKeyId?: string;
  } = {},
) {
  const simulator = createEcrSimulator({ repositories: ["team/app"], ...settings.simulator });
  const served = await serve(simulator.fetch);
  const accessKeyId = settings.accessKeyId ?? awsCredentials.accessKeyId;
  const client = createTestClient(served.origin, { ...awsCredentials, accessKeyId });
  const { clock } = settings.simulator ?? {};
  const registry = createEcrRegistry({
    client,
    region: simulator.region,
    hosts: [served.host],
    ...(clock === undefined ? {} : { clock }),
    ...settings.registry,
  });
  const nameOf = (repository: string): RepositoryName => parseRepository(`${served.host}/${repository}`);
  async function store(
    content: string,
    { tags = [], platforms = ["linux/amd64"], into = nameOf("team/app") }: StoreOptions = {},
  ): Promise<BuiltImage> {
    const image = await buildImage({ platforms, files: { "content.txt": content } });
    for (const blob of image.blobs) await registry.putBlob(into, blob.descriptor, ReadableStream.from([blob.bytes]));
    for (const manifest of [...image.children, image.root]) await registry.putManifest(into, manifest);
    for (const tag of tags) await registry.tag(digestReference(into, image.digest), tag, { absent: true });
    return image;
  }
  return {
    store,
    /** How often an action was used. */
    uses: (action: string) => simulator.calls.filter((call) => call.action === `ecr:${action}`).length,
    simulator,
    served,
    registry,
    client,
    name: nameOf("team/app"),
    nameOf,
    close: async () => {
      await registry.close();
      client.destroy();
      await served.close();
    },
  };
}
