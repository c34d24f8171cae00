import { join } from "node:path";
import { BayplanError } from "@bayplan/core";
import { type LoadedConfig, parseDockerConfig } from "./docker-config.ts";

/** Where configurations are looked for. */
export interface ConfigPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
}

const maxConfigBytes = 4 * 1024 * 1024;

/**
 * All configurations there are, the most explicit first: the text in `DOCKER_AUTH_CONFIG`, the file in
 * `REGISTRY_AUTH_FILE`, Docker's `config.json`, podman's `auth.json`.
 *
 * @throws BayplanError `INVALID_INPUT` for one that is there and cannot be read or used.
 */
export async function loadDockerConfigs(places: ConfigPlaces): Promise<readonly LoadedConfig[]> {
  const { DOCKER_AUTH_CONFIG: text } = places.env;
  const given = text ? [parseDockerConfig(text, "The environment variable DOCKER_AUTH_CONFIG")] : [];
  const read = await Promise.all([...new Set(configFiles(places))].map(loadFile));
  return [...given, ...read.filter((config) => config !== undefined)];
}

function configFiles({ env, homeFolder }: ConfigPlaces): readonly string[] {
  const { REGISTRY_AUTH_FILE, DOCKER_CONFIG, XDG_RUNTIME_DIR, XDG_CONFIG_HOME } = env;
  return [
    ...(REGISTRY_AUTH_FILE ? [REGISTRY_AUTH_FILE] : []),
    join(DOCKER_CONFIG || join(homeFolder, ".docker"), "config.json"),
    ...(XDG_RUNTIME_DIR ? [join(XDG_RUNTIME_DIR, "containers", "auth.json")] : []),
    join(XDG_CONFIG_HOME || join(homeFolder, ".config"), "containers", "auth.json"),
  ];
}

async function loadFile(path: string): Promise<LoadedConfig | undefined> {
  const { readFile, stat } = await import("node:fs/promises");
  const refuse = (why: string): never => {
    throw new BayplanError("INVALID_INPUT", `${path} cannot be read for credentials: ${why}. Correct or remove it.`);
  };
  try {
    const { size } = await stat(path);
    if (size > maxConfigBytes) return refuse(`it has more than ${maxConfigBytes} bytes`);
    return parseDockerConfig(await readFile(path, "utf8"), path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (error instanceof BayplanError) throw error;
    return refuse(code);
  }
}
