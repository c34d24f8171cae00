import { digestOf, mediaTypes, type StoredBytes } from "@bayplan/core";
import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { openLackingRegistry, place, referrerOf } from "./testing/lacking-registry.ts";

afterEach(() => vi.restoreAllMocks());

const subject = digestOf(Buffer.from("subject"));
const tag = subject.replace(":", "-");

/** Numbers between 0 and 1 that follow from the seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const race = fc.record({
  seed: fc.nat(),
  // How far each is from the registry. From more than 60 ms, a write may arrive after a near one has looked again.
  writers: fc.array(fc.record({ startMs: fc.nat(800), latencyMs: fc.constantFrom(1, 10, 60) }), {
    minLength: 2,
    maxLength: 6,
  }),
  chance: fc.constantFrom(0, 0.1, 0.3),
});

it("loses no writer, whoever comes in between, whatever is lost on the way, and however far behind answers are", async () => {
  let overwritten = 0;
  await fc.assert(
    fc.asyncProperty(race, async ({ seed, writers, chance }) => {
      const random = seeded(seed);
      vi.spyOn(Math, "random").mockImplementation(random);
      const { embedded, clock, open, put, entries, fetch } = openLackingRegistry();
      const old = await put({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] });
      await put({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [old] }, tag);
      // No answer may be so far behind that it does not know what was there before.
      await clock.sleep(1000);
      const onTag = (request: Request) => request.url.endsWith(tag) && random() < chance;
      const onWrite = (request: Request) => request.method === "PUT" && onTag(request);
      // Fewer than one writer puts up with, should all of them meet the same one.
      embedded.inject({ match: onWrite, times: 2, effect: { loseResponse: true } });
      embedded.inject({ match: onWrite, times: 2, effect: { reset: true } });
      embedded.inject({ match: onWrite, times: 1, effect: { status: 503 } });
      embedded.inject({ match: onTag, times: Number.POSITIVE_INFINITY, effect: { staleByMs: 40 } });
      const all: readonly StoredBytes[] = writers.map((_, at) => referrerOf(subject, `${at}`));
      await Promise.all(
        writers.map(async ({ startMs, latencyMs }, at) => {
          const far: typeof fetch = async (input, init) => {
            await clock.sleep(random() * latencyMs);
            const response = await fetch(input, init);
            await clock.sleep(random() * latencyMs);
            return response;
          };
          await clock.sleep(startMs);
          await open({ fetch: far }).putManifest(place, all[at] as StoredBytes);
        }),
      );
      const listed = (await entries(tag)).map((entry) => entry["digest"]);
      expect(listed.slice().sort()).toEqual([old, ...all.map((one) => one.descriptor)].map((one) => one.digest).sort());
      const writes = embedded.log.filter((request) => request.method === "PUT" && request.path.endsWith(tag));
      overwritten += writes.length - writers.length;
    }),
    { numRuns: 60 },
  );
  // The races were real: some had to write again.
  expect(overwritten).toBeGreaterThan(0);
});
