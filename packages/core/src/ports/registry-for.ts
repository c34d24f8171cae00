import { BayplanError } from "../errors.ts";
import type { RegistryAdapter } from "./registry.ts";

/**
 * The adapter that answers for a host.
 *
 * @throws BayplanError `UNSUPPORTED` when there is none, `INVALID_INPUT` when there are two.
 */
export function registryFor(registries: readonly RegistryAdapter[], host: string): RegistryAdapter {
  const [adapter, second] = registries.filter((registry) => registry.hosts.includes(host));
  if (second !== undefined) {
    throw new BayplanError(
      "INVALID_INPUT",
      `Two registry adapters answer for ${host}: ${adapter?.id} and ${second.id}. Pass one.`,
    );
  }
  if (adapter !== undefined) return adapter;
  const hosts = registries.flatMap((registry) => registry.hosts).join(", ") || "none";
  throw new BayplanError(
    "UNSUPPORTED",
    `No registry adapter was passed for ${host}; there is one for ${hosts}. Add one to ports.registries.`,
  );
}
