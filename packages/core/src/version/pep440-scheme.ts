import { comparePep440 } from "./pep440-compare.ts";
import { createPep440Range, type Pep440Range } from "./pep440-range.ts";
import { isPep440Prerelease, type Pep440Version, parsePep440 } from "./pep440-version.ts";
import { releasePart } from "./release-part.ts";
import type { Version, VersionScheme } from "./version-scheme.ts";

// What the scheme itself needs of a version that it has parsed; any other object is read again from its text.
const parsed = new WeakMap<Version, Pep440Version>();
let lastRange: Pep440Range | undefined;

/**
 * Versions of Python packages, in any spelling that PyPA accepts. Ranges are PEP 440 specifiers, `>=3.14,<3.15`.
 *
 * @see https://packaging.python.org/en/latest/specifications/version-specifiers/
 */
export const pep440Scheme: VersionScheme = {
  name: "pep440",
  parse(raw) {
    const read = parsePep440(raw);
    // Space around it is part of a listing's layout, never of a tag.
    if (read === undefined || raw.trim() !== raw) return undefined;
    const version: Version = {
      ...{ raw, release: read.release.map(releasePart), prerelease: prereleaseOf(read), variant: "" },
      ...(/^v/i.test(raw) ? { prefix: raw.slice(0, 1) } : {}),
      ...(read.post === undefined ? {} : { post: [releasePart(read.post)] }),
    };
    parsed.set(version, read);
    return version;
  },
  compare: (left, right) => comparePep440(pep440Of(left), pep440Of(right)),
  isStable: (version) => !isPep440Prerelease(pep440Of(version)),
  satisfies(version, range, options = {}) {
    if (range.trim() === "*") return true;
    if (lastRange?.text !== range) lastRange = createPep440Range(range);
    return lastRange.contains(version.raw, options.prereleases === true ? { prereleases: true } : {});
  },
};

function prereleaseOf(version: Pep440Version): Version["prerelease"] {
  const pre = version.pre === undefined ? [] : [version.pre.phase, releasePart(version.pre.number)];
  return version.dev === undefined ? pre : [...pre, "dev", releasePart(version.dev)];
}

function pep440Of(version: Version): Pep440Version {
  const known = parsed.get(version) ?? parsePep440(version.raw);
  if (known === undefined) throw new TypeError(`${JSON.stringify(version.raw)} was not parsed by the scheme pep440`);
  return known;
}
