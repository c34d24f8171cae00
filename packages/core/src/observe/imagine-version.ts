import type { VersionRequest } from "../definition/family.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import { isInLine } from "../version/version-scheme.ts";

/**
 * A version that a request could come to, to count what would be asked for it. Another number gives another one, where the
 * scheme allows it; `undefined` when none can be made up.
 */
export function imagineVersion(
  request: VersionRequest & { readonly variant?: string },
  number: number,
): string | undefined {
  const scheme = createVersionScheme(request.scheme);
  const { line, variant = "" } = request;
  const numbers =
    line === undefined
      ? [
          `1.${number}.0`,
          `1.${number}`,
          `${number + 1}`,
          `2026.${number + 1}`,
          `2026.01.${number + 1}`,
          `v1.${number}.0`,
        ]
      : [`${line}.${number}`, `${line}.${number}.0`, `${line}.0.${number}`, line, `v${line}.${number}`, `v${line}`];
  const texts = numbers.flatMap((text) => (variant === "" ? [text] : [`${text}${variant}`, `${text}-${variant}`]));
  return texts.find((text) => {
    const version = scheme.parse(text);
    if (version === undefined || version.variant !== variant || !scheme.isStable(version)) return false;
    return line === undefined || isInLine(version, line);
  });
}
