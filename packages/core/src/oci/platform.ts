import { BayplanError } from "../errors.ts";

/**
 * Where an image runs.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md#image-index-property-descriptions
 */
export interface Platform {
  /** GOOS, for example `linux`. */
  readonly os: string;
  /** GOARCH, for example `amd64`. */
  readonly architecture: string;
  /** For example `v7` of `linux/arm/v7`. */
  readonly variant?: string;
}

const part = /^[a-z0-9][a-z0-9_.]{0,31}$/;
const architectureAliases: ReadonlyMap<string, string> = new Map([
  ["x86_64", "amd64"],
  ["x86-64", "amd64"],
  ["aarch64", "arm64"],
]);

/**
 * Reads `os/architecture[/variant]`. The usual other names are normalised (`x86_64`, `aarch64`), `arm64/v8` becomes `arm64`.
 *
 * @throws BayplanError `INVALID_PLATFORM` when a part is missing or not lower case.
 */
export function parsePlatform(text: string): Platform {
  const parts = text.split("/");
  const [os, rawArchitecture, variant] = parts;
  const architecture = architectureAliases.get(rawArchitecture ?? "") ?? rawArchitecture;
  const given = variant === undefined ? [os, architecture] : [os, architecture, variant];
  if (parts.length > 3 || !given.every((value): value is string => value !== undefined && part.test(value))) {
    throw new BayplanError(
      "INVALID_PLATFORM",
      `"${text.slice(0, 80)}" is not a platform. Write os/architecture or os/architecture/variant, for example linux/arm64.`,
    );
  }
  const platform = { os: given[0] as string, architecture: given[1] as string };
  const redundant = variant === undefined || (architecture === "arm64" && variant === "v8");
  return redundant ? platform : { ...platform, variant };
}

const texts = new WeakMap<readonly Platform[], readonly string[]>();

/** The text form of each. The same list gives the same texts: they are asked for at every step of every image. */
export function formatPlatforms(platforms: readonly Platform[]): readonly string[] {
  const known = texts.get(platforms);
  if (known !== undefined) return known;
  const formatted = platforms.map(formatPlatform);
  texts.set(platforms, formatted);
  return formatted;
}

/** The text form, `os/architecture[/variant]`; the key by which Bayplan groups what belongs to one platform. */
export function formatPlatform(platform: Platform): string {
  const base = `${platform.os}/${platform.architecture}`;
  const redundant = platform.variant === undefined || (platform.architecture === "arm64" && platform.variant === "v8");
  return redundant ? base : `${base}/${platform.variant}`;
}
