import { BayplanError } from "../errors.ts";
import { formatPlatform, parsePlatform } from "../oci/platform.ts";
import type { ImageFacts } from "./image-facts.ts";

/** Whether an image is built for what it should be. */
export interface PlatformVerdict {
  readonly ok: boolean;
  /** `exact`: these and no others; `contains`: these, others may be. */
  readonly mode: "exact" | "contains";
  /** What the image has, each once, in its own order. */
  readonly found: readonly string[];
  /** What it lacks. */
  readonly missing: readonly string[];
  /** What it has beside the expected; counts only for `exact`. */
  readonly unexpected: readonly string[];
}

/**
 * Whether an image is built for these platforms. Variants count: `linux/arm/v7` is not `linux/arm`, `linux/amd64/v2` not
 * `linux/amd64`; only `arm64/v8` is `arm64`. Attestations are no platforms.
 *
 * @throws BayplanError `INVALID_INPUT` when nothing is expected, `INVALID_PLATFORM` for a text that is none.
 */
export function verifyPlatforms(
  image: { readonly platforms: readonly Pick<ImageFacts["platforms"][number], "platform">[] },
  expected: readonly string[],
  mode: "exact" | "contains",
): PlatformVerdict {
  const wanted = new Set(expected.map((text) => formatPlatform(parsePlatform(text))));
  if (wanted.size === 0) {
    throw new BayplanError("INVALID_INPUT", "No platform is expected, so nothing can be verified. Name at least one.");
  }
  const found = new Set(image.platforms.map(({ platform }) => platform));
  const missing = [...wanted].filter((platform) => !found.has(platform));
  const unexpected = [...found].filter((platform) => !wanted.has(platform));
  const ok = missing.length === 0 && (mode === "contains" || unexpected.length === 0);
  return { ok, mode, found: [...found], missing, unexpected };
}
