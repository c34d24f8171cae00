import type { Clock } from "@bayplan/core";
import { createOciRegistry, type OciRegistry } from "@bayplan/registry-oci";
import type { FetchLike, HttpClient } from "@bayplan/runtime";

/** How to reach GitHub's container registry. */
export interface GhcrRegistryOptions {
  /** A classic personal access token or `GITHUB_TOKEN`; fine-grained tokens are not accepted by it. Default anonymous. */
  readonly token?: string;
  /** Default `token`: the registry looks only at the token. */
  readonly username?: string;
  /** Default `ghcr.io`. */
  readonly host?: string;
  /** Speak plain http to `host`, for simulators. Default only on this computer. */
  readonly insecure?: boolean;
  /** Replaces the built-in transport. Not together with `http`. */
  readonly fetch?: FetchLike;
  /** A client of your own, which you also close. */
  readonly http?: HttpClient;
  /** Default `systemClock`. */
  readonly clock?: Clock;
}

/**
 * An adapter for `ghcr.io`.
 *
 * GHCR gives the same refusal for a package that is private and for one that does not exist, at the token endpoint as
 * well as at the registry: `resolve` answers `denied-or-absent` to both, with and without a token, and never `absent`.
 * A wrong or expired token is refused in the same way, too. To tell it apart, a refused token request is asked once more
 * without naming a package: refused again throws `UNAUTHORIZED`, accepted means that the token is good.
 *
 * @throws BayplanError `INVALID_INPUT` for a host that is none.
 * @see https://docs.github.com/packages/working-with-a-github-packages-registry/working-with-the-container-registry
 */
export function createGhcrRegistry(options: GhcrRegistryOptions = {}): OciRegistry {
  const { token, username = "token", host = "ghcr.io", insecure = false, fetch, http, clock } = options;
  return createOciRegistry({
    id: "ghcr",
    hosts: [host],
    denied: "denied-or-absent",
    // Deletion is an API of its own there; the distribution API answers UNSUPPORTED.
    deletes: false,
    tokenRefusal: "repository",
    insecureHosts: insecure ? [host] : [],
    ...(token === undefined ? {} : { credentials: { username, password: token } }),
    ...(fetch === undefined ? {} : { fetch }),
    ...(http === undefined ? {} : { http }),
    ...(clock === undefined ? {} : { clock }),
  });
}
