import { createPep440Range, createVersionScheme, parseInstant, selectByFluxPolicy, selectVersion } from "@bayplan/core";
import semver from "semver";
import { answerParent } from "../answer-parent.ts";
import { interleave, type Way } from "../interleave.ts";
import { semverTags } from "./semver-tags.ts";

/** What is measured: so many tags, so many times. */
export interface SelectJob {
  readonly count: number;
  readonly rounds: number;
}

/** What one way took, and what it chose. */
export interface SelectRun {
  readonly name: string;
  readonly picked: string;
  /** Of every round, in seconds. */
  readonly seconds: readonly number[];
}

const now = parseInstant("2026-01-01T00:00:00Z");
const simple = /^v?(\d+)\.(\d+)\.(\d+)$/;

answerParent<SelectJob>(async ({ count, rounds }): Promise<readonly SelectRun[]> => {
  const tags = semverTags(count);
  const ways: readonly Way<{ readonly picked: string; readonly seconds: number }>[] = [
    timed("semver.rsort, then the first final one", () => highestByRsort(tags)),
    timed("semver.rsort of versions parsed before", () => highestByParsedRsort(tags)),
    timed("hand loop over a regular expression", () => highestByHand(tags)),
    timed("selectVersion, semver, every rejection explained", () => highestBySelect(tags)),
    timed("selectByFluxPolicy, semver", () => selectByFluxPolicy(tags, { policy: { semver: { range: "*" } } })),
    timed("createPep440Range(...).highest", () => createPep440Range(">=0").highest(tags)),
  ];
  // One round that does not count: the first one compiles.
  const runs = await interleave(ways, rounds + 1);
  return runs.map(({ name, outcomes }) => ({
    name,
    picked: outcomes[0]?.picked ?? "",
    seconds: outcomes.slice(1).map(({ seconds }) => seconds),
  }));
});

function timed(
  name: string,
  select: () => string | undefined,
): Way<{ readonly picked: string; readonly seconds: number }> {
  return {
    name,
    run: async () => {
      const started = performance.now();
      const picked = select() ?? "";
      return { picked, seconds: (performance.now() - started) / 1000 };
    },
  };
}

function highestByRsort(tags: readonly string[]): string | undefined {
  return semver.rsort([...tags]).find((tag: string) => semver.prerelease(tag) === null);
}

/** Sorting texts parses them at every comparison; this way each is parsed once. */
function highestByParsedRsort(tags: readonly string[]): string | undefined {
  const versions = tags.flatMap((tag) => semver.parse(tag) ?? []);
  type Parsed = { readonly prerelease: readonly unknown[] };
  return semver.rsort(versions).find(({ prerelease }: Parsed) => prerelease.length === 0)?.raw;
}

/** What one writes who needs nothing but the answer. */
function highestByHand(tags: readonly string[]): string | undefined {
  let highest: { readonly tag: string; readonly parts: readonly number[] } | undefined;
  for (const tag of tags) {
    const match = simple.exec(tag);
    if (match === null) continue;
    const parts = [Number(match[1]), Number(match[2]), Number(match[3])];
    if (highest === undefined || isAfter(parts, highest.parts)) highest = { tag, parts };
  }
  return highest?.tag;
}

function isAfter(left: readonly number[], right: readonly number[]): boolean {
  for (const [index, part] of left.entries()) {
    if (part !== right[index]) return part > (right[index] ?? 0);
  }
  return false;
}

function highestBySelect(tags: readonly string[]): string | undefined {
  const candidates = tags.map((raw) => ({ raw }));
  const selection = selectVersion(candidates, { scheme: createVersionScheme("semver") }, now);
  return selection.state === "picked" ? selection.version.raw : undefined;
}
