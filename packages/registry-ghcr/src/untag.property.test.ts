import { type Digest, digestReference, tagReference } from "@bayplan/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { openTestGhcr } from "./testing/open-test-ghcr.ts";

const full = "octo/images";
const image = fc.record({ tags: fc.nat(3), isIndex: fc.boolean() });
const images = fc.array(image, { minLength: 2, maxLength: 6 }).filter((all) => all.some(({ tags }) => tags > 0));
/** Lists stand still from one request on, for so many lists or for so long. */
const lag = fc.record({
  from: fc.nat(12),
  lists: fc.option(fc.nat(9), { nil: undefined }),
  ms: fc.nat(90_000),
});
/** Somebody else writes a tag before one request is answered: one that is there, or a new one. */
const foreign = fc.record({ at: fc.nat(14), tag: fc.nat(20), on: fc.nat(20), isOnDummy: fc.boolean() });

/** A version as lists and single answers tell of it. */
interface Told {
  readonly id: number;
  readonly name: Digest;
  readonly metadata: { readonly container: { readonly tags: readonly string[] } };
}

/** One version that was deleted, and the tags that the last answer before gave it. */
interface Deleted {
  readonly digest: Digest | undefined;
  readonly told: readonly string[] | undefined;
}

it("A3: a tag is removed alone, whatever lists say and whoever tags meanwhile", { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      images,
      fc.nat(20),
      fc.option(lag, { nil: undefined, freq: 3 }),
      fc.array(foreign, { maxLength: 2 }),
      async (all, chosen, late, others) => {
        const ghcr = openTestGhcr();
        const { github, name, clock, tagsOf } = ghcr;
        const before = new Map<string, Digest>();
        for (const [place, { tags, isIndex }] of all.entries()) {
          const names = Array.from({ length: tags }, (_, index) => `t${place}-${index}`);
          const platforms = isIndex ? ["linux/amd64", "linux/arm64"] : ["linux/amd64"];
          const { digest } = await ghcr.push(`${place}`, names, { platforms });
          for (const one of names) before.set(one, digest);
        }
        const versions = () => github.packages.versions(full);
        const originals = new Set(versions().map(({ digest }) => digest));
        const dummies = () => versions().flatMap(({ digest }) => (originals.has(digest) ? [] : [digest]));
        const shownBy = (tag: string) => versions().find(({ tags }) => tags.includes(tag))?.digest;
        const entry = pick([...before], chosen);
        if (entry === undefined) return;
        const [tag, digest] = entry;

        const somebody = ghcr.open();
        const moved = new Map<string, Digest>();
        const problems: unknown[] = [];
        async function interfere({ tag: as, on, isOnDummy }: (typeof others)[number]): Promise<void> {
          const written = pick([...before.keys(), "theirs"], as) ?? "theirs";
          const onto = (isOnDummy ? dummies()[0] : undefined) ?? pick([...originals], on);
          if (onto === undefined) return;
          const shown = shownBy(written);
          const expected = shown === undefined ? { absent: true as const } : { digest: shown };
          await somebody.tag(digestReference(name, onto), written, expected);
          moved.set(written, onto);
        }

        const told = new Map<Digest, readonly string[]>();
        const deleted: Deleted[] = [];
        let requests = 0;
        let untilMs = Number.POSITIVE_INFINITY;
        const nowMs = (): number => Date.parse(clock.now());
        const fetch: typeof globalThis.fetch = async (input, init) => {
          const request = new Request(input, init);
          const at = requests;
          requests += 1;
          if (nowMs() >= untilMs) github.packages.freezeLists(full, 0);
          if (late !== undefined && at === late.from) {
            github.packages.freezeLists(full, late.lists ?? Number.POSITIVE_INFINITY);
            if (late.lists === undefined) untilMs = nowMs() + late.ms;
          }
          for (const one of others) {
            // Not thrown here: the adapter would take it for a lost connection.
            if (one.at === at) await interfere(one).catch((error: unknown) => problems.push(error));
          }
          const { pathname } = new URL(request.url);
          const id = Number(/\/versions\/(\d+)$/.exec(pathname)?.[1]);
          if (request.method === "DELETE") {
            const version = versions().find((one) => one.id === id);
            deleted.push({ digest: version?.digest, told: version && told.get(version.digest) });
          }
          const response = await github.fetch(request);
          const isTelling =
            request.method === "GET" && response.status === 200 && /\/versions(?:\/\d+)?$/.test(pathname);
          if (isTelling) {
            const answer = (await response.clone().json()) as Told | readonly Told[];
            for (const version of [answer].flat() as readonly Told[]) {
              told.set(version.name, version.metadata.container.tags);
            }
          }
          return response;
        };

        const isDone = await ghcr
          .open({ fetch })
          .untag?.(tagReference(name, tag), digest)
          .then(
            () => true,
            () => false,
          );

        expect(problems).toEqual([]);
        const left = new Set(versions().map((version) => version.digest));
        expect([...originals].filter((original) => !left.has(original))).toEqual([]);
        for (const one of deleted) {
          expect(one.digest === undefined || !originals.has(one.digest)).toBe(true);
          // What was told last is all that can be known: GitHub has no condition for a deletion.
          if (one.digest !== undefined) expect((one.told ?? ["never told"]).filter((own) => own !== tag)).toEqual([]);
        }
        for (const [other, showed] of new Map([...before, ...moved])) {
          // A dummy is given away as long as GitHub tells of it before its deletion, which is looked at above.
          if (other === tag || !originals.has(showed)) continue;
          expect(tagsOf(showed), other).toContain(other);
        }
        if (deleted.length === 0) {
          for (const [other, showed] of moved) if (other !== tag) expect(shownBy(other)).toBe(showed);
        }
        if (isDone) {
          expect(dummies()).toEqual([]);
          expect([undefined, moved.get(tag)]).toContain(shownBy(tag));
        } else {
          expect([digest, moved.get(tag)]).toContain(shownBy(tag));
        }
      },
    ),
    { numRuns: Number(process.env["BAYPLAN_CLEAN_UP_RUNS"] ?? 60) },
  );
});

function pick<T>(from: readonly T[], index: number): T | undefined {
  return from[index % from.length];
}
