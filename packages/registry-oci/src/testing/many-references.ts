import { type CallOptions, isBayplanError, type Reference, tagReference } from "@bayplan/core";
import { createVirtualClock } from "@bayplan/testkit";
import { createOciRegistry, type OciRegistry, type OciRegistryOptions } from "../create-oci-registry.ts";
import type { OddRegistry } from "./odd-tokens.ts";

/** Where the odd registry pretends to be. */
export const oddHost = "127.0.0.1:5000";

/** A tag in the odd registry. */
export function at(repository: string, tag: string): Reference {
  return tagReference({ registry: oddHost, repository }, tag);
}

/** Names of so many repositories, in alphabetical order. */
export function names(count: number, prefix = "team/app"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(3, "0")}`);
}

/** Every tag in every repository, repository by repository. */
export function each(repositories: readonly string[], tags: readonly string[]): Reference[] {
  return repositories.flatMap((name) => tags.map((tag) => at(name, tag)));
}

/** The same tags for every repository. */
export function images(repositories: readonly string[], tags: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(repositories.map((name) => [name, tags]));
}

/** An adapter in front of the odd registry whose waits cost no time. */
export function openOdd(odd: OddRegistry, options: Partial<OciRegistryOptions> = {}): OciRegistry {
  const clock = createVirtualClock({ auto: true });
  return createOciRegistry({ hosts: [oddHost], fetch: odd.fetch, clock, ...options });
}

/** States, or codes of errors, by `repository:tag`; throws when a reference comes twice. */
export async function statesOfMany(
  registry: OciRegistry,
  references: readonly Reference[],
  call: CallOptions = {},
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const [reference, answer] of registry.resolveMany(references, call)) {
    const name = nameOf(reference);
    if (Object.hasOwn(found, name)) throw new Error(`${name} came twice`);
    found[name] = answer.state === "unknown" ? answer.error.code : answer.state;
  }
  return found;
}

/** The same by `resolve`, one after the other. */
export async function statesOneByOne(
  registry: OciRegistry,
  references: readonly Reference[],
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const reference of references) {
    const state = registry.resolve(reference).then(
      (resolution) => resolution.state,
      (error: unknown) => {
        if (!isBayplanError(error)) throw error;
        return error.code;
      },
    );
    found[nameOf(reference)] = await state;
  }
  return found;
}

function nameOf(reference: Reference): string {
  return `${reference.repository}:${reference.kind === "tag" ? reference.tag : reference.digest}`;
}
