import type { RegistryAdapter } from "@bayplan/core";
import { createGhcrRegistry } from "@bayplan/registry-ghcr";
import { buildImage, createEmbeddedRegistry, createVirtualClock, pushImage } from "@bayplan/testkit";
import { z } from "zod";

/** What the registry says of a reference, in the words of the case files. */
export const RegistryState = z.union([
  z.enum(["ok", "unknown", "nameunknown", "denied", "unauthorized", "toomany", "500", "timeout"]),
  z.object({ ready_at: z.number(), before: z.string().optional() }).transform((state) => state.before ?? "unknown"),
]);

const origin = "https://ghcr.io";
const errors: Readonly<Record<string, readonly [number, string]>> = {
  unknown: [404, "MANIFEST_UNKNOWN"],
  nameunknown: [404, "NAME_UNKNOWN"],
  denied: [403, "DENIED"],
  unauthorized: [401, "UNAUTHORIZED"],
  toomany: [429, "TOOMANYREQUESTS"],
  "500": [500, "UNKNOWN"],
};

/** GHCR with these images, answering for each reference (`registry/image:tag` or `*`) as its state says. */
export async function simulatedGhcr(
  published: readonly string[],
  states: Readonly<Record<string, string>> | ((reference: string) => string | undefined) = {},
): Promise<RegistryAdapter> {
  const stateOf = typeof states === "function" ? states : (name: string) => states[name] ?? states["*"];
  const embedded = createEmbeddedRegistry();
  const fetch = (request: Request) => embedded.fetch(request);
  const image = await buildImage({ platforms: ["linux/amd64"], files: { "etc/bayplan": "conformance" }, index: true });
  for (const reference of published) {
    const [, repository = "", tag = ""] = /^ghcr\.io\/(.+):([^:]+)$/.exec(reference) ?? [];
    await pushImage({ origin, repository, tag, image, fetch });
  }
  const answer = async (request: Request): Promise<Response> => {
    const [, repository, tag] = /^\/v2\/(.+)\/manifests\/([^:]+)$/.exec(new URL(request.url).pathname) ?? [];
    const reference = `ghcr.io/${repository}:${tag}`;
    const state = repository === undefined ? undefined : stateOf(reference);
    if (state === undefined || state === "ok") return embedded.fetch(request);
    if (state === "timeout") throw Object.assign(new TypeError("fetch failed"), { cause: { code: "ETIMEDOUT" } });
    const [status, code] = errors[state] ?? [500, "UNKNOWN"];
    const challenge = {
      "www-authenticate": `Bearer realm="${origin}/token",service="ghcr.io",scope="repository:${repository}:pull"`,
    };
    return Response.json(
      { errors: [{ code, message: code.toLowerCase() }] },
      { status, headers: status === 401 ? challenge : {} },
    );
  };
  const token = async (request: Request) => {
    return new URL(request.url).pathname === "/token" ? Response.json({ token: "simulated" }) : answer(request);
  };
  return createGhcrRegistry({
    token: "simulated",
    clock: createVirtualClock({ auto: true }),
    fetch: (input: string | URL | Request, init?: RequestInit) => token(new Request(input, init)),
  });
}
