import { digestReference, parseRepository, type RepositoryName, tagReference } from "@bayplan/core";
import { createHttpClient } from "@bayplan/runtime";
import {
  type BuiltImage,
  buildImage,
  createDockerHubSimulator,
  createVirtualClock,
  type DockerHubSimulatorOptions,
} from "@bayplan/testkit";
import { createDockerHubRegistry, type DockerHubRegistryOptions } from "../create-docker-hub-registry.ts";

/** The account of the tests, with one access token for each scope. */
export const password = "dummy-password-of-bayplan";
export const accessTokens = {
  dckr_pat_dummy_public_read: "public-read",
  dckr_pat_dummy_read: "read",
  dckr_pat_dummy_write: "write",
  dckr_pat_dummy_delete: "delete",
} as const;
export const organizationToken = "dckr_oat_dummy_delete";

/** One request as it left, with what it proves its sender by. */
export interface SentRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

/** A simulated Docker Hub on a clock that advances by itself, and what was sent to it. */
export function openHub(options: DockerHubSimulatorOptions = {}) {
  const clock = createVirtualClock({ auto: true });
  const simulator = createDockerHubSimulator({
    accounts: [
      { name: "bayplan", password, accessTokens, organizations: ["harbour"] },
      { name: "harbour", isOrganization: true, accessTokens: { [organizationToken]: "delete" } },
    ],
    clock,
    ...options,
  });
  const sent: SentRequest[] = [];
  const fetch: typeof simulator.fetch = (input, init) => {
    const url = new URL(String(input));
    const authorization = new Headers(init?.headers).get("authorization") ?? undefined;
    sent.push({ method: init?.method ?? "GET", host: url.host, path: url.pathname, authorization });
    return simulator.fetch(input, init);
  };
  const http = createHttpClient({ fetch, clock, random: () => 0 });
  const open = (own: DockerHubRegistryOptions = {}) => createDockerHubRegistry({ http, clock, ...own });
  return {
    clock,
    simulator,
    fetch,
    sent,
    anonymous: open(),
    registry: open({ username: "bayplan", password }),
    open,
    /** How many requests of a method went to a host. */
    count: (host: string, method?: string): number =>
      sent.filter((one) => one.host === host && (method === undefined || one.method === method)).length,
  };
}

/** A small image of its own content. */
export function image(content: string, platforms: readonly string[] = ["linux/amd64"]): Promise<BuiltImage> {
  return buildImage({ platforms, files: { "content.txt": content } });
}

/** References inside one repository. */
export function at(text: string) {
  const name: RepositoryName = parseRepository(text);
  return {
    name,
    tag: (tag: string) => tagReference(name, tag),
    digest: (built: BuiltImage) => digestReference(name, built.digest),
  };
}

/** Everything that comes, in order. */
export async function drain<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
