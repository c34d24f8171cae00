import type { BuildKeyInput } from "../definition/build-key-format.ts";
import type { Digest } from "../oci/digest.ts";
import type { Expected } from "../ports/registry.ts";
import type { Reason } from "../reason.ts";

/**
 * Why a build is another one than before, with old and new values: none when nothing differs that a key is made of,
 * `never-built` when there is no before. Bases are compared by name; without `baseNames` by their place, `#1`.
 */
export function rebuildReasons(before: BuildKeyInput | undefined, after: BuildKeyInput): readonly Reason[] {
  if (before === undefined) return [{ code: "never-built" }];
  const reasons = [
    ...differences(before.source, after.source).map((change): Reason => ({ code: "source-changed", ...change })),
    ...differences(before.args, after.args).map((change): Reason => ({ code: "argument-changed", ...change })),
    ...platformReasons(before, after),
  ];
  return reasons.length === 0 && isReordered(before, after) ? [{ code: "bases-reordered" }] : reasons;
}

interface Difference {
  readonly name: string;
  readonly from?: string;
  readonly to?: string;
}

function differences(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly Difference[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    const from = Object.hasOwn(before, name) ? before[name] : undefined;
    const to = Object.hasOwn(after, name) ? after[name] : undefined;
    if (from === to) return [];
    return [{ name, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
  });
}

function platformReasons(before: BuildKeyInput, after: BuildKeyInput): readonly Reason[] {
  const [olds, news] = [basesByPlatform(before), basesByPlatform(after)];
  return [...new Set([...olds.keys(), ...news.keys()])].flatMap((platform): readonly Reason[] => {
    const [old, now] = [olds.get(platform), news.get(platform)];
    if (old === undefined) return [{ code: "platform-added", platform }];
    if (now === undefined) return [{ code: "platform-removed", platform }];
    return [...new Set([...now.keys(), ...old.keys()])].flatMap((base): readonly Reason[] => {
      const [from, to] = [expectedOf(old.get(base)), expectedOf(now.get(base))];
      return sameDigests(old.get(base), now.get(base))
        ? []
        : [{ code: "base-digest-changed", base, platform, from, to }];
    });
  });
}

type Bases = ReadonlyMap<string, readonly Digest[]>;

/** A base named in two stages has two digests, nearly always the same. */
function basesByPlatform({ platforms, baseNames = [] }: BuildKeyInput): ReadonlyMap<string, Bases> {
  return new Map(
    platforms.map(({ platform, bases }) => {
      const named = new Map<string, Digest[]>();
      for (const [index, digest] of bases.entries()) {
        const name = baseNames[index] ?? `#${index + 1}`;
        named.set(name, [...(named.get(name) ?? []), digest]);
      }
      return [platform, named];
    }),
  );
}

function sameDigests(left: readonly Digest[] | undefined, right: readonly Digest[] | undefined): boolean {
  return left?.join() === right?.join();
}

function expectedOf(digests: readonly Digest[] | undefined): Expected {
  const digest = digests?.at(-1);
  return digest === undefined ? { absent: true } : { digest };
}

/** The same bases in another order of the Dockerfile: nothing differs by name, and still it is another build. */
function isReordered(before: BuildKeyInput, after: BuildKeyInput): boolean {
  const textOf = ({ platforms }: BuildKeyInput) =>
    platforms
      .map(({ platform, bases }) => `${platform} ${bases.join()}`)
      .sort()
      .join("\n");
  return textOf(before) !== textOf(after);
}
