import { satisfiesPlain } from "./plain-order.ts";
import { compareStage } from "./prerelease-word.ts";
import { compareRelease } from "./release-part.ts";
import type { VersionScheme } from "./version-scheme.ts";

const pattern = /^(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:(a|b|rc)(\d{1,9}))?(td?|d)?(-dev)?$/;
const firstFreeThreaded = [3, 13];

/**
 * CPython's names for builds: `3.14.3`, `3.15.0rc2`, `3.14.3t` (free-threaded), `3.14.3d` (debug), `3.15t-dev` (head of
 * a branch). Dev comes before alpha, beta, release candidate and final; `rc10` after `rc9`. The variant does not order.
 *
 * @see https://docs.python.org/3/howto/free-threading-python.html for `t`
 */
export const cpythonTagScheme: VersionScheme = {
  name: "cpython-tag",
  precision: 3,
  parse(raw) {
    const match = pattern.exec(raw);
    if (match === null) return undefined;
    const [, major, minor, patch, phase, number, variant = "", dev] = match;
    const release = [major, minor, patch].filter((part) => part !== undefined).map(Number);
    const prerelease = phase === undefined ? [] : [phase, Number(number)];
    return { raw, release, prerelease: dev === undefined ? prerelease : [...prerelease, "dev"], variant };
  },
  compare: (left, right) =>
    compareRelease(left.release, right.release) || compareStage(left.prerelease, right.prerelease),
  isStable: (version) => version.prerelease.length === 0,
  satisfies: (version, range) => satisfiesPlain(version, range, cpythonTagScheme),
  withVariant(version, variant) {
    if (version.variant === variant) return version;
    if (version.variant !== "" || variant !== "t" || compareRelease(version.release, firstFreeThreaded) < 0)
      return undefined;
    const dev = version.raw.endsWith("-dev") ? "-dev" : "";
    return { ...version, raw: `${version.raw.slice(0, version.raw.length - dev.length)}t${dev}`, variant };
  },
};
