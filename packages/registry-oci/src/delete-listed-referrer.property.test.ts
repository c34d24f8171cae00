import {
  type DeleteExpectation,
  type DeleteOrder,
  type Digest,
  digestReference,
  isBayplanError,
  type StoredBytes,
} from "@bayplan/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { OciRegistry } from "./create-oci-registry.ts";
import { fallbackTag } from "./referrers.ts";
import { openLackingRegistry, place, referrerOf } from "./testing/lacking-registry.ts";

interface Manifest {
  readonly stored: StoredBytes;
  readonly digest: Digest;
  readonly subject: Digest | undefined;
  readonly tags: readonly string[];
  isThere: boolean;
}

const made = fc.record({
  isTagged: fc.boolean(),
  /** Each with what refers to it in turn. */
  referrers: fc.array(fc.record({ isTagged: fc.boolean(), referrers: fc.nat(2) }), { maxLength: 5 }),
});
const step = fc.record({
  targets: fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }),
  way: fc.constantFrom("one by one", "together", "by two adapters", "in one batch"),
  /** What is pushed meanwhile: again what was deleted, where there is such a one, or a new referrer. */
  pushes: fc.array(fc.record({ on: fc.nat(40), isAgain: fc.boolean() }), { maxLength: 2 }),
  /** Whether a wrong tag is expected of the first target. */
  isWrong: fc.boolean(),
  /** Whether the registry refuses one deletion. */
  isRefused: fc.boolean(),
});
const repository = fc.record({
  subjects: fc.array(made, { minLength: 1, maxLength: 3 }),
  // What a tagged index contains beside.
  contained: fc.array(fc.nat(40), { maxLength: 3 }),
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
});

const numRuns = Number(process.env["BAYPLAN_CLEAN_UP_RUNS"] ?? 40);
/** How often something happened in all runs: the property says nothing about what never did. */
const seen = { deleted: 0, emptied: 0, refused: 0, wrong: 0, pushed: 0 };

it("A7: the fallback list names what is attached, after every deletion", { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(repository, async ({ subjects, contained, steps }) => {
      const { embedded, open, shown, entries } = openLackingRegistry();
      const [registry, other] = [open(), open()];
      const all: Manifest[] = [];
      let refusals = 0;

      const add = async (by: OciRegistry, of: { subject?: Digest; isTagged?: boolean; manifests?: unknown[] }) => {
        const { subject, isTagged = false, manifests = [] } = of;
        const more = subject === undefined ? { subject: undefined, manifests } : { manifests };
        const stored = referrerOf(subject ?? ("" as Digest), `${all.length}`, more);
        const { digest } = stored.descriptor;
        const tags = isTagged ? [`t${all.length}`] : [];
        all.push({ stored, digest, subject, tags, isThere: true });
        await by.putManifest(place, stored);
        for (const tag of tags) await by.tag(digestReference(place, digest), tag, { absent: true });
        return digest;
      };
      const at = (index: number): Manifest => all[index % all.length] as Manifest;

      for (const { isTagged, referrers } of subjects) {
        const subject = await add(registry, { isTagged });
        for (const one of referrers) {
          const referrer = await add(registry, { subject, isTagged: one.isTagged });
          for (let left = one.referrers; left > 0; left -= 1) await add(registry, { subject: referrer });
        }
      }
      const children = [...new Set(contained.map(at))];
      const parents = [
        await add(registry, { isTagged: true, manifests: children.map((child) => child.stored.descriptor) }),
      ];

      const check = async (): Promise<void> => {
        for (const { digest, isThere } of all) {
          const name = digestReference(place, digest);
          expect((await open().resolve(name)).state).toBe(isThere ? "present" : "absent");
          const attached = all.filter((one) => one.subject === digest && one.isThere).map((one) => one.digest);
          const listed: Digest[] = [];
          for await (const referrer of registry.referrers.list(name)) listed.push(referrer.digest);
          expect(listed.sort()).toEqual(attached.sort());
          const raw = (await entries(fallbackTag(digest))).map((entry) => entry["digest"]);
          expect(raw.sort()).toEqual(attached);
        }
        for (const { digest, tags, isThere } of all) {
          for (const tag of tags) expect(shown(tag)).toBe(isThere ? digest : undefined);
        }
      };
      await check();

      for (const { targets, way, pushes, isWrong, isRefused } of steps) {
        const chosen = [...new Set(targets.map(at))];
        const orders = chosen.map(({ digest, tags }, index): DeleteOrder => {
          const expected: DeleteExpectation = { tags: isWrong && index === 0 ? ["wrong"] : tags, parents };
          return { target: digestReference(place, digest), expected };
        });
        const refusal = isRefused
          ? embedded.inject({ match: { method: "DELETE" }, effect: { status: 405 } })
          : { hits: 0 };
        const settle = (index: number, error: unknown): void => {
          const manifest = chosen[index] as Manifest;
          if (error === undefined) {
            seen.deleted += manifest.isThere ? 1 : 0;
            manifest.isThere = false;
            return;
          }
          // Whatever was refused is there still.
          const code = isBayplanError(error) ? error.code : error;
          expect(manifest.isThere).toBe(true);
          if (isWrong && index === 0) {
            expect(code).toBe("TAG_MOVED");
            seen.wrong += 1;
            return;
          }
          expect(code).toBe("UNSUPPORTED");
          refusals += 1;
          seen.refused += 1;
        };
        const remove = async ({ target, expected }: DeleteOrder, index: number): Promise<void> => {
          const by = way === "by two adapters" && index % 2 === 1 ? other : registry;
          settle(index, await by.deleteManifest?.(target, expected).then(nothing, (error: unknown) => error));
        };
        const removeAll = async (): Promise<void> => {
          if (way === "in one batch") {
            const outcomes = (await registry.deleteManifests?.(place, orders)) ?? [];
            expect(outcomes.map(([target]) => target)).toEqual(orders.map((order) => order.target));
            for (const [index, [, outcome]] of outcomes.entries()) {
              settle(index, "error" in outcome ? outcome.error : undefined);
            }
          } else if (way === "one by one") {
            for (const [index, order] of orders.entries()) {
              await remove(order, index);
              if (pushes.length === 0) await check();
            }
          } else await Promise.all(orders.map(remove));
        };
        // Not the index: what it contains may be gone.
        const gone = all.filter((one) => !one.isThere && !chosen.includes(one) && !parents.includes(one.digest));
        const push = async ({ on, isAgain }: (typeof pushes)[number], index: number): Promise<void> => {
          const by = way === "by two adapters" ? other : registry;
          const again = isAgain ? gone[index] : undefined;
          // With the referrers of the first target, most of all, a list is changed from both sides.
          const near = on % 2 === 0 ? chosen[0]?.subject : undefined;
          if (again === undefined) await add(by, { subject: near ?? at(on).digest });
          else {
            again.isThere = true;
            await by.putManifest(place, again.stored);
            for (const tag of again.tags) await by.tag(digestReference(place, again.digest), tag, { absent: true });
          }
          seen.pushed += 1;
        };
        const refusalsBefore = refusals;
        await Promise.all([removeAll(), ...pushes.map(push)]);
        expect(refusals - refusalsBefore).toBeLessThanOrEqual(isRefused ? 1 : 0);
        if (isRefused && refusal.hits === 0) await use(embedded.fetch);
        await check();
        seen.emptied += all.filter(({ digest }) => {
          const hadAny = all.some((one) => one.subject === digest);
          return hadAny && shown(fallbackTag(digest)) === undefined;
        }).length;
      }
    }),
    { numRuns },
  );
  if (numRuns < 40) return;
  for (const times of Object.values(seen)) expect(times).toBeGreaterThan(0);
});

function nothing(): undefined {
  return undefined;
}

/** Meets the refusal that no deletion met, so that it is not left for a later step. */
async function use(fetch: typeof globalThis.fetch): Promise<void> {
  const url = `https://${place.registry}/v2/${place.repository}/manifests/sha256:${"0".repeat(64)}`;
  expect((await fetch(url, { method: "DELETE" })).status).toBe(405);
}
