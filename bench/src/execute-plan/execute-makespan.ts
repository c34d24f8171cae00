import { execute, instantToMs } from "@bayplan/core";
import { createVirtualClock } from "@bayplan/testkit";
import { createMemoryWorld, type WorldImage } from "./memory-world.ts";

/** How long `execute` itself takes on a virtual clock, in milliseconds; with known durations or by hops. */
export async function executeMakespan(
  images: readonly WorldImage[],
  { ci, knowsDurations }: { readonly ci: number; readonly knowsDurations: boolean },
): Promise<number> {
  const clock = createVirtualClock({ auto: true });
  const { family, plan, createPorts } = await createMemoryWorld(images, clock);
  const startMs = instantToMs(clock.now());
  const durations = Object.fromEntries(images.map(({ name, buildMs }) => [name, buildMs]));
  const { state } = await execute(plan, createPorts(), {
    definition: family,
    concurrency: { ci },
    ...(knowsDurations ? { durations } : {}),
  }).result;
  if (state !== "complete") throw new Error(`The execution ended ${state}.`);
  return instantToMs(clock.now()) - startMs;
}
