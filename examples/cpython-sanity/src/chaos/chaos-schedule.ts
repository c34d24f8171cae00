import { type RequestFault, requestFaults } from "./fault-kind.ts";
import { createSeededRandom, type SeededRandom } from "./seeded-random.ts";

/** What the definition of the family has beside its images. */
export interface ChaosDefinition {
  /** How the two images that build on each other are released. */
  readonly release: "gate" | "fail-fast" | "independent" | "each by itself";
  readonly isTested: boolean;
  readonly isCopied: boolean;
}

/** What a seed means for the whole run; what it means for a single request follows from `random`. */
export interface ChaosSchedule {
  readonly seed: number;
  readonly random: SeededRandom;
  readonly definition: ChaosDefinition;
  /** What the coordinators do when the world is not as their plan saw it. */
  readonly onDrift: "abort" | "pinned" | "replan";
  /** What was published before: nothing, the release before this one, or that and half of this one. */
  readonly before: "nothing" | "the previous release" | "half of this release" | "this release without its aliases";
  /** Whether the registry itself refuses to overwrite exact tags, and whether it wants tokens. */
  readonly registry: { readonly keepsExactTags: boolean; readonly wantsTokens: boolean };
  /** Of a thousand requests, how many meet a fault. */
  readonly faultsPerMille: number;
  readonly faults: readonly [RequestFault, ...RequestFault[]];
  /** A server that answers nothing but 503, or nothing at all, for a while. */
  readonly outage?: {
    readonly server: "registry" | "copy" | "github";
    readonly afterMs: number;
    readonly forMs: number;
    readonly isSilent: boolean;
  };
  /** Longest time a request and its answer take each, and how far back a stale read may lie. */
  readonly latencyMs: number;
  readonly staleMs: number;
  /** Of a thousand looks at a public tag, before how many somebody else moves it. */
  readonly movesPerMille: number;
  /** By image, how many attempts at a build fail; `Infinity`: it never works. */
  readonly failing: Readonly<Record<string, number>>;
  /** By image, how many tests of the same image fail. */
  readonly failingTests: Readonly<Record<string, number>>;
  /** Images whose first builds end after their deadline. */
  readonly late: readonly string[];
  /** How long a run may be missing from GitHub's lists. */
  readonly listLagMs: number;
  /** When the next version appears, and another coordinator with it. */
  readonly newerAfterMs?: number;
  /** When the first coordinator is told to stop. */
  readonly stopAfterMs?: number;
  /** At which of its requests the first coordinator dies, and whether that request is still carried out. */
  readonly crash?: { readonly request: number; readonly isAfter: boolean };
}

/** Images of the run, bases first; the first two are the stack that is released together. */
export const chaosImages = ["cpython-tsan", "numpy-tsan", "cpython-asan"] as const;

/** Every fifth run or so is quiet in some respect, so that single faults are met in clear water, too. */
export function chaosSchedule(seed: number): ChaosSchedule {
  const random = createSeededRandom(seed);
  const faults = requestFaults.filter((kind) => kind !== "outage" && random.chance(600, `has ${kind}`));
  const [first = "server error", ...rest] = faults;
  const failing = (what: string) => {
    const images = chaosImages.filter((image) => random.chance(120, `${what} fails ${image}`));
    const times = (image: string) =>
      random.pick([1, 1, 2, Number.POSITIVE_INFINITY], `${what} fails how often ${image}`);
    return Object.fromEntries(images.map((image) => [image, times(image)]));
  };
  const minute = 60_000;
  const isTested = random.chance(400, "is tested");
  const ends = random.pick(["runs on", "runs on", "stops", "crashes", "crashes"], "how it ends");
  return {
    seed,
    random,
    definition: {
      release: random.pick(["gate", "gate", "gate", "fail-fast", "independent", "each by itself"], "release"),
      isTested,
      isCopied: random.chance(400, "is copied"),
    },
    onDrift: random.pick(["abort", "pinned", "replan"], "on drift"),
    before: random.pick(
      ["nothing", "the previous release", "half of this release", "this release without its aliases"],
      "before",
    ),
    registry: {
      keepsExactTags: random.chance(250, "keeps exact tags"),
      wantsTokens: random.chance(300, "wants tokens"),
    },
    faultsPerMille: random.pick([0, 20, 60, 120, 250], "faults"),
    faults: [first, ...rest],
    ...(random.chance(300, "outage")
      ? {
          outage: {
            server: random.pick(["registry", "registry", "copy", "github"], "outage where"),
            afterMs: random.pick([0, 0, 1], "outage at once") * random.below(20 * minute, "outage when"),
            forMs: 3 * minute + random.below(12 * minute, "outage how long"),
            isSilent: random.chance(500, "outage how"),
          },
        }
      : {}),
    latencyMs: random.pick([20, 500, 3000], "latency"),
    staleMs: random.pick([500, 5000, 30_000], "stale"),
    movesPerMille: random.pick([0, 0, 30, 100], "moves"),
    failing: failing("build"),
    failingTests: isTested ? failing("test") : {},
    late: chaosImages.filter((image) => random.chance(60, `late ${image}`)),
    listLagMs: random.pick([0, 1000, 20_000, 120_000], "list lag"),
    ...(random.chance(250, "newer") ? { newerAfterMs: random.below(20 * minute, "newer when") } : {}),
    ...(ends === "stops" ? { stopAfterMs: random.below(25 * minute, "stops when") } : {}),
    ...(ends === "crashes"
      ? { crash: { request: 1 + random.below(150, "crashes when"), isAfter: random.chance(500, "crashes how") } }
      : {}),
  };
}
