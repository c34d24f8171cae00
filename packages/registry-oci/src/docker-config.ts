import { BayplanError } from "@bayplan/core";
import type { Credentials } from "./credentials.ts";
import { DockerConfig, type DockerConfigEntry } from "./schema.ts";

/** A Docker or podman configuration as it was read, with the name of where it came from for messages. */
export interface LoadedConfig {
  readonly source: string;
  readonly config: DockerConfig;
}

// Docker's own names for its registry; the key in its files is a URL with a path that means nothing.
const hubHosts = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);
const hubServer = "https://index.docker.io/v1/";

/**
 * Reads the text of a configuration. Messages say where something is wrong, never what stands there.
 *
 * @throws BayplanError `INVALID_INPUT` naming the source and every place that is wrong.
 */
export function parseDockerConfig(text: string, source: string): LoadedConfig {
  const refuse = (why: string): never => {
    throw new BayplanError("INVALID_INPUT", `${source} cannot be used for credentials: ${why}. Correct or remove it.`);
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and the text is secrets.
    return refuse("it is not JSON");
  }
  const parsed = DockerConfig.safeParse(value);
  if (parsed.success) return { source, config: parsed.data };
  return refuse(parsed.error.issues.map(({ path }) => `"${path.join(".")}" has the wrong type`).join(", "));
}

/** The name under which credentials of a host are kept, whatever form the key has. */
function keyOf(written: string): string {
  const hasScheme = /^https?:\/\//.test(written);
  let key = written.replace(/^https?:\/\//, "").replace(/\/+$/, "");
  // The API versions that old `docker login` wrote behind the host.
  if (hasScheme) key = key.replace(/\/v[12]$/, "");
  const [host = "", ...path] = key.split("/");
  return [hubHosts.has(host) ? "docker.io" : host, ...path].join("/");
}

/** What a credential helper calls the host. */
export function helperServer(host: string): string {
  return hubHosts.has(host) ? hubServer : host;
}

/** The helper that the configuration names for a host: its own, and the one for all. */
export function helpersFor({ config }: LoadedConfig, host: string): { own?: string; shared?: string } {
  const key = keyOf(host);
  const own = Object.entries(config.credHelpers ?? {}).find(([written]) => keyOf(written) === key)?.[1];
  const shared = config.credsStore ?? undefined;
  return { ...(own ? { own } : {}), ...(shared ? { shared } : {}) };
}

/** Credentials that stand in the configuration itself; keys with a path (`host/project`) before shorter ones. */
export function storedCredentials(
  { config, source }: LoadedConfig,
  place: { readonly host: string; readonly repository?: string | undefined },
): Credentials | undefined {
  const entries = new Map(Object.entries(config.auths ?? {}).map(([written, entry]) => [keyOf(written), entry]));
  const path = place.repository === undefined ? [] : place.repository.split("/");
  for (let length = path.length; length >= 0; length -= 1) {
    const key = [keyOf(place.host), ...path.slice(0, length)].join("/");
    const found = credentialsOf(entries.get(key), `"auths.${key}" in ${source}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function credentialsOf(entry: DockerConfigEntry | null | undefined, where: string): Credentials | undefined {
  if (entry === undefined || entry === null) return undefined;
  const { username, password } = entry.auth ? decode(entry.auth, where) : entry;
  if (entry.registrytoken) return { token: entry.registrytoken };
  if (entry.identitytoken) return { identityToken: entry.identitytoken, ...(username ? { username } : {}) };
  return username && password ? toCredentials(username, password) : undefined;
}

/** User and password, or the identity token that the user `<token>` means. */
export function toCredentials(username: string, password: string): Credentials {
  return username === "<token>" ? { identityToken: password } : { username, password };
}

function decode(auth: string, where: string): { username: string; password: string } {
  // Docker pads what it wrote in old versions with zero bytes.
  const text = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
  const colon = text.indexOf(":");
  if (colon < 1) {
    throw new BayplanError("INVALID_INPUT", `${where} is not "user:password" in base64. Log in again.`);
  }
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
