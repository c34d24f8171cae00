import { compareRelease, isInLine, type Version, type VersionScheme } from "./version-scheme.ts";

const pattern = /^(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:(a|b|rc)(\d{1,9}))?(t)?(-dev)?$/;
const phaseOrder: Readonly<Record<string, number>> = { dev: 0, a: 1, b: 2, rc: 3 };
const finalOrder = 4;
const firstFreeThreaded = [3, 13];

/**
 * CPython's names for builds: `3.14.3`, `3.15.0rc2`, `3.14.3t` (free-threaded), `3.15t-dev` (head of a branch).
 * Dev comes before alpha, beta, release candidate and final; `rc10` after `rc9`. The variant does not order.
 *
 * @see https://docs.python.org/3/howto/free-threading-python.html for `t`
 */
export const cpythonTagScheme: VersionScheme = {
  name: "cpython-tag",
  parse(raw) {
    const match = pattern.exec(raw);
    if (match === null) return undefined;
    const [, major, minor, patch, phase, number, variant = "", dev] = match;
    const release = [major, minor, patch].filter((part) => part !== undefined).map(Number);
    const prerelease = phase === undefined ? [] : [phase, Number(number)];
    return { raw, release, prerelease: dev === undefined ? prerelease : [...prerelease, "dev"], variant };
  },
  compare: (left, right) =>
    compareRelease(left.release, right.release) || comparePrerelease(left.prerelease, right.prerelease),
  isStable: (version) => version.prerelease.length === 0,
  satisfies: (version, range) => range === "*" || isInLine(version, range.replace(/\.\*$/, "")),
  withVariant(version, variant) {
    if (version.variant === variant) return version;
    if (version.variant !== "" || variant !== "t" || compareRelease(version.release, firstFreeThreaded) < 0)
      return undefined;
    const dev = version.raw.endsWith("-dev") ? "-dev" : "";
    return { ...version, raw: `${version.raw.slice(0, version.raw.length - dev.length)}t${dev}`, variant };
  },
};

function comparePrerelease(left: Version["prerelease"], right: Version["prerelease"]): number {
  const phase = (value: Version["prerelease"]) =>
    value.length === 0 ? finalOrder : (phaseOrder[String(value[0])] ?? 0);
  const number = (value: Version["prerelease"]) => (typeof value[1] === "number" ? value[1] : 0);
  // `3.15.0rc1-dev` is on the way to rc1, so it comes before it.
  const dev = (value: Version["prerelease"]) => (value.at(-1) === "dev" ? 0 : 1);
  return Math.sign(phase(left) - phase(right) || number(left) - number(right) || dev(left) - dev(right));
}
