import { BayplanError, type Clock } from "@bayplan/core";
import { createOciRegistry, type OciRegistry } from "@bayplan/registry-oci";
import type { FetchLike, HttpClient } from "@bayplan/runtime";

/** How to reach Docker Hub. */
export interface DockerHubRegistryOptions {
  /** Docker ID. Default anonymous; then also without `password`. */
  readonly username?: string;
  /** Password or, better, a personal access token. */
  readonly password?: string;
  /** Replaces the built-in transport. Not together with `http`. */
  readonly fetch?: FetchLike;
  /** A client of your own, which you also close. */
  readonly http?: HttpClient;
  /** Default `systemClock`. */
  readonly clock?: Clock;
}

const registry = "docker.io";
const api = "registry-1.docker.io";

/**
 * An adapter for Docker Hub, whose references begin with `docker.io` (the parser turns its other names into that one).
 *
 * Docker Hub gives everybody a token and answers 401 to it when the repository is private or does not exist: `resolve`
 * says `denied-or-absent` then. Wrong credentials are refused by the token endpoint and throw `UNAUTHORIZED`; they are
 * not sent again for a minute, because Docker Hub locks accounts after a few failed logins. `resolve` uses HEAD, which
 * does not count as a pull.
 *
 * @throws BayplanError `INVALID_INPUT` for a username without password or the other way round.
 * @see https://docs.docker.com/docker-hub/usage/pulls/
 */
export function createDockerHubRegistry(options: DockerHubRegistryOptions = {}): OciRegistry {
  const { username, password, fetch, http, clock } = options;
  if ((username === undefined) !== (password === undefined)) {
    throw new BayplanError(
      "INVALID_INPUT",
      "Pass both username and password to Docker Hub, or none for anonymous pulls.",
    );
  }
  return createOciRegistry({
    id: "dockerhub",
    hosts: [registry],
    apiHost: () => api,
    denied: "denied-or-absent",
    // Deletion is an API of its own there; the distribution API answers UNSUPPORTED.
    deletes: false,
    ...(username === undefined || password === undefined ? {} : { credentials: { username, password } }),
    ...(fetch === undefined ? {} : { fetch }),
    ...(http === undefined ? {} : { http }),
    ...(clock === undefined ? {} : { clock }),
  });
}
