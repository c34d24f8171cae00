import { homedir } from "node:os";
import { type CallOptions, type Clock, instantToMs } from "@bayplan/core";
import { createSharedWork, systemClock } from "@bayplan/runtime";
import { createCredentialHelpers } from "./credential-helper.ts";
import type { Credentials, CredentialsFunction } from "./credentials.ts";
import { helperServer, helpersFor, type LoadedConfig, storedCredentials } from "./docker-config.ts";
import { loadDockerConfigs } from "./docker-config-files.ts";

/** Where Docker's credentials are looked for. */
export interface DockerConfigCredentialsOptions {
  /** The environment that names the files, and that helpers are run in. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default the user's. */
  readonly homeFolder?: string;
  /** Longest time a credential helper may run. Default 30,000. */
  readonly helperTimeoutMs?: number;
  /** For how long things are remembered. Default `systemClock`. */
  readonly clock?: Clock;
}

const reloadMs = 60_000;

/**
 * The credentials that `docker login` and `podman login` left on this computer, to be passed as `credentials`.
 *
 * Looked for in `DOCKER_AUTH_CONFIG` (text), `REGISTRY_AUTH_FILE`, `DOCKER_CONFIG/config.json` or
 * `~/.docker/config.json`, and podman's `auth.json`; the first that has some for the host wins. Inside one: the
 * helper of the host (`credHelpers`), `auths` (keys with a path like `host/project` before shorter ones; Docker Hub
 * under all its names), the helper for all (`credsStore`). Files are read again after a minute and when credentials
 * are refused; what helpers say is kept for an hour, and for 5 seconds if it is nothing.
 *
 * The function throws BayplanError `INVALID_INPUT` for a file or helper that is broken, naming it and never what
 * stands in it; `UNAUTHORIZED` or `TIMEOUT` for a helper that fails.
 *
 * @see https://docs.docker.com/reference/cli/docker/login/
 * @see https://github.com/containers/image/blob/v5.36.2/docs/containers-auth.json.5.md
 */
export function createDockerConfigCredentials(options: DockerConfigCredentialsOptions = {}): CredentialsFunction {
  const { env = process.env, clock = systemClock } = options;
  const places = { env, homeFolder: options.homeFolder ?? homedir() };
  const helpers = createCredentialHelpers({ env, clock, timeoutMs: options.helperTimeoutMs ?? 30_000 });
  const shared = createSharedWork<readonly LoadedConfig[]>();
  let loaded: { readonly configs: readonly LoadedConfig[]; readonly untilMs: number } | undefined;

  async function load(call: CallOptions): Promise<readonly LoadedConfig[]> {
    const nowMs = instantToMs(clock.now());
    if (loaded !== undefined && nowMs < loaded.untilMs) return loaded.configs;
    const configs = await shared("", () => loadDockerConfigs(places), call);
    loaded = { configs, untilMs: nowMs + reloadMs };
    return configs;
  }

  return async (host, { refresh, repository, ...call }) => {
    if (refresh) {
      loaded = undefined;
      helpers.forget();
    }
    const place = { host, repository };
    for (const config of await load(call)) {
      const { own, shared: forAll } = helpersFor(config, host);
      const ask = async (helper: string | undefined): Promise<Credentials | undefined> =>
        helper === undefined
          ? undefined
          : await helpers.get({ helper, server: helperServer(host), source: config.source }, call);
      const found = (await ask(own)) ?? storedCredentials(config, place) ?? (await ask(forAll));
      if (found !== undefined) return found;
    }
    return undefined;
  };
}
