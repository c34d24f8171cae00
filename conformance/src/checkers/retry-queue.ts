import { addMs, instantFromMs, retryQueue } from "@bayplan/core";
import { z } from "zod";
import type { Owner } from "../owners.ts";

const Input = z.object({
  about: z.string(),
  backoffHours: z.array(z.number()),
  pastJobs: z.record(z.string(), z.object({ count: z.number(), lastTime: z.number().nullable() })),
  builds: z.record(
    z.string(),
    z.object({
      buildId: z.string(),
      build: z.object({ arch: z.string(), resolved: z.unknown() }),
      source: z.object({ arches: z.record(z.string(), z.object({ tags: z.array(z.string()) })) }),
    }),
  ),
});

/** Orders the builds of one architecture that are still to be done; times are seconds since 1970. */
export function checkRetryQueue(input: unknown): unknown {
  const { about, backoffHours, pastJobs, builds } = Input.parse(input);
  const [, now, arch] = /now=(-?\d+), arch ([^\s;,.]+)/.exec(about) ?? [];
  if (now === undefined || arch === undefined) throw new Error("The case does not say when it is, or for which arch.");
  const open = Object.values(builds).filter(({ build }) => build.arch === arch && build.resolved === null);
  const { queue, waiting } = retryQueue(open, {
    now: instantFromMs(Number(now) * 1000),
    backoffHours,
    attemptsOf({ buildId }) {
      const { count = 0, lastTime = null } = pastJobs[buildId] ?? {};
      return lastTime === null
        ? { attempts: count }
        : { attempts: count, lastAt: addMs(instantFromMs(0), lastTime * 1000) };
    },
  });
  const jobs = open.map((build) => {
    const { count = 0, lastTime = null } = pastJobs[build.buildId] ?? {};
    const skip = waiting.some((each) => each.build === build);
    const identifier = build.source.arches[arch]?.tags[0];
    return [build.buildId, { count: skip ? count : count + 1, lastTime, identifier, skip }] as const;
  });
  return { queue: queue.map(({ buildId }) => buildId), jobs: Object.fromEntries(jobs), skipped: waiting.length };
}

/** Who checks when failed builds are tried again. */
export const retryOwners: readonly Owner[] = [
  { file: /(^|\/)retry-queue-cases[^/]*\.json(\.gz)?$/, family: "*", check: checkRetryQueue },
];
