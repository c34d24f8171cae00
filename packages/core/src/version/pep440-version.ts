/** A version as Python packages write it, parsed. Numbers may have any length, so they are `bigint`. */
export interface Pep440Version {
  readonly raw: string;
  readonly epoch: bigint;
  /** As written, trailing zeros included. */
  readonly release: readonly bigint[];
  readonly pre: { readonly phase: "a" | "b" | "rc"; readonly number: bigint } | undefined;
  readonly post: bigint | undefined;
  readonly dev: bigint | undefined;
  /** The segments of the local label, `+ubuntu.1`: words in lower case, and numbers. */
  readonly local: readonly (string | bigint)[] | undefined;
}

/** White space as Python's `\s` understands it; JavaScript's class is another one. Source of a character class. */
export const pythonSpace = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";

/** What may follow the release numbers: pre, post and dev release, in capture groups. Source, for case-insensitive use. */
export const pep440Suffix =
  "(?:[-_.]?(?<phase>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?<pre>[0-9]*))?" +
  "(?:-(?<implicitPost>[0-9]+)|[-_.]?(?<postWord>post|rev|r)[-_.]?(?<post>[0-9]*))?" +
  "(?:[-_.]?(?<devWord>dev)[-_.]?(?<dev>[0-9]*))?";

const maxLength = 4096;
const local = "\\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*)";
const release = "v?(?:(?<epoch>[0-9]+)!)?(?<release>[0-9]+(?:\\.[0-9]+)*)";
const pattern = new RegExp(`^${pythonSpace}*${release}${pep440Suffix}(?:${local})?${pythonSpace}*$`, "i");
const phases: Readonly<Record<string, "a" | "b" | "rc">> = {
  a: "a",
  alpha: "a",
  b: "b",
  beta: "b",
  c: "rc",
  rc: "rc",
  pre: "rc",
  preview: "rc",
};

/**
 * The version in any spelling that PyPA accepts: `v1.0`, `1.0-ALPHA.1`, `1.0-1` (a post release), white space around it.
 * `undefined` when the text is none, or longer than 4096 characters.
 *
 * @see https://packaging.python.org/en/latest/specifications/version-specifiers/
 */
export function parsePep440(raw: string): Pep440Version | undefined {
  if (raw.length > maxLength) return undefined;
  const groups = pattern.exec(raw)?.groups;
  if (groups === undefined) return undefined;
  const phase = phases[groups["phase"]?.toLowerCase() ?? ""];
  const hasPost = groups["implicitPost"] !== undefined || groups["postWord"] !== undefined;
  return {
    raw,
    epoch: BigInt(groups["epoch"] ?? 0),
    release: (groups["release"] ?? "0").split(".").map(BigInt),
    // BigInt("") is 0n, which is what a word without a number means.
    pre: phase === undefined ? undefined : { phase, number: BigInt(groups["pre"] ?? "") },
    post: hasPost ? BigInt(groups["implicitPost"] ?? groups["post"] ?? "") : undefined,
    dev: groups["devWord"] === undefined ? undefined : BigInt(groups["dev"] ?? ""),
    local: groups["local"]?.toLowerCase().split(/[-_.]/).map(localSegment),
  };
}

/** The one spelling that PyPA writes: `1.0-ALPHA.1` is `1.0a1`. Parsing it again gives an equal version. */
export function normalizePep440(version: Pep440Version): string {
  const epoch = version.epoch === 0n ? "" : `${version.epoch}!`;
  const pre = version.pre === undefined ? "" : `${version.pre.phase}${version.pre.number}`;
  const post = version.post === undefined ? "" : `.post${version.post}`;
  const dev = version.dev === undefined ? "" : `.dev${version.dev}`;
  const suffix = version.local === undefined ? "" : `+${version.local.join(".")}`;
  return `${epoch}${version.release.join(".")}${pre}${post}${dev}${suffix}`;
}

/** Whether it is an alpha, beta, release candidate or development release. A post release of a final one is not. */
export function isPep440Prerelease(version: Pep440Version): boolean {
  return version.pre !== undefined || version.dev !== undefined;
}

function localSegment(segment: string): string | bigint {
  return /^[0-9]+$/.test(segment) ? BigInt(segment) : segment;
}
