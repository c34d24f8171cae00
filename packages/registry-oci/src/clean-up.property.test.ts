import {
  type Digest,
  defineConfig,
  digestReference,
  evaluateRetention,
  execute,
  formatRepository,
  mediaTypes,
  type Plan,
  parseInstant,
  parseRepository,
  planRetention,
  type RetentionPolicy,
  readRetentionInventory,
  type StoredBytes,
} from "@bayplan/core";
import { createEmbeddedRegistry, createVirtualClock } from "@bayplan/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createOciRegistry } from "./create-oci-registry.ts";
import { referrerOf } from "./testing/lacking-registry.ts";

const name = parseRepository("registry.test/team/app");
const now = parseInstant("2026-11-21T12:00:00Z");
const policy: RetentionPolicy = {
  protect: [{ pattern: "v.*" }],
  rules: [{ kind: "expire", match: { pattern: "pr-.*" } }],
};
const definition = defineConfig({
  repository: formatRepository(name),
  version: { source: "none", scheme: "docker" },
  tags: ["{version}"],
  images: { app: { workflow: "build.yml" } },
  retention: policy,
});

/** An index without anything, of indexes that are there, or attached to one that is there. */
interface Made {
  readonly of: readonly number[];
  readonly subject: number | undefined;
  readonly tags: readonly number[];
}
const made = fc.record({
  of: fc.array(fc.nat(20), { maxLength: 3 }),
  subject: fc.option(fc.nat(20), { nil: undefined, freq: 4 }),
  tags: fc.array(fc.nat(7), { maxLength: 2 }),
});
const tagNames = ["pr-1", "pr-2", "pr-3", "pr-4", "pr-5", "v1", "v2", "other"];
const event = fc.record({ tag: fc.nat(7), on: fc.nat(20), isIndex: fc.boolean() });

function manifestOf({ of, subject }: Made, place: number, before: readonly StoredBytes[]): StoredBytes {
  const at = (index: number) => before[before.length === 0 ? 0 : index % before.length]?.descriptor;
  const manifests = [...new Map(of.flatMap((index) => at(index) ?? []).map((one) => [one.digest, one])).values()];
  const attached = subject === undefined ? undefined : at(subject);
  const document = { manifests, ...(attached === undefined && { subject: undefined }) };
  return referrerOf(attached?.digest ?? ("sha256:" as Digest), `${place}`, document);
}

it("A1, A8, P12, P20: whatever happens and wherever it stops, no tag loses anything", {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(made, { minLength: 2, maxLength: 9 }),
      fc.array(event, { maxLength: 3 }),
      fc.option(fc.nat(12), { nil: undefined }),
      async (all, events, crashAfter) => {
        const embedded = createEmbeddedRegistry();
        let left = Number.POSITIVE_INFINITY;
        const stored: StoredBytes[] = [];
        const isDeleted = new Set<string>();
        const dangling = new Set<string>();
        const fetch: typeof embedded.fetch = async (input, init) => {
          const request = new Request(input, init);
          if (left <= 0) throw new TypeError("fetch failed");
          const response = await embedded.fetch(request);
          if (request.method !== "DELETE") return response;
          left -= 1;
          const target = request.url.split("/").at(-1) ?? "";
          if (response.status === 202 && target.includes(":")) isDeleted.add(target);
          // After every single one: what a tag shows is there, with all it contains.
          const reached = new Set<string>(Object.values(embedded.snapshot()["team/app"] ?? {}));
          for (const digest of reached) {
            // Not thrown here: the adapter would take it for a lost connection.
            if (isDeleted.has(digest)) dangling.add(digest);
            for (const child of childrenOf(stored, digest)) reached.add(child);
          }
          return response;
        };
        const open = () =>
          createOciRegistry({
            hosts: ["registry.test"],
            fetch,
            clock: createVirtualClock({ auto: true }),
            untags: true,
          });
        const registry = open();
        const tag = async (of: number, digest: Digest) => {
          const as = tagNames[of] ?? "other";
          const shown = embedded.snapshot()["team/app"]?.[as];
          await registry.tag(
            digestReference(name, digest),
            as,
            shown === undefined ? { absent: true } : { digest: shown },
          );
        };
        for (const [place, one] of all.entries()) {
          const manifest = manifestOf(one, place, stored);
          stored.push(manifest);
          await registry.putManifest(name, manifest);
          for (const of of one.tags) await tag(of, manifest.descriptor.digest);
        }
        const inventory = await readRetentionInventory(name, registry, { untaggedNeedNothing: true });
        if (inventory.incomplete !== undefined) return;
        const evaluation = evaluateRetention(inventory, policy, now);
        const guards = { maxDeletions: {}, neverEmpty: false, keepTagged: 0 };
        const plan = planRetention(evaluation, now, { family: "app", guards });
        for (const [place, { tag: as, on, isIndex }] of events.entries()) {
          const target = stored[on % stored.length]?.descriptor;
          if (target === undefined) continue;
          if (!isIndex) await tag(as, target.digest);
          else {
            const index = referrerOf(target.digest, `new ${place}`, { manifests: [target], subject: undefined });
            stored.push(index);
            await registry.putManifest(name, index);
            await tag(as, index.descriptor.digest);
          }
        }
        const before = embedded.snapshot()["team/app"] ?? {};
        const run = (of: Plan) => {
          const ports = { registries: [open()], clock: createVirtualClock({ auto: true, start: now }) };
          return execute(of, ports, { definition, allowDeletes: true }).result;
        };
        left = crashAfter ?? Number.POSITIVE_INFINITY;
        const first = await run(plan);
        left = Number.POSITIVE_INFINITY;
        const second = await run(plan);
        expect(first.outcomes).toHaveLength(plan.steps.length);
        expect(second.state).toBe("complete");
        expect([...dangling]).toEqual([]);
        const planned = new Set(plan.steps.flatMap((step) => (step.kind === "delete" ? [step.digest as string] : [])));
        for (const digest of isDeleted) expect(planned.has(digest)).toBe(true);
        for (const [as, digest] of Object.entries(before)) {
          if (as.startsWith("pr-")) continue;
          expect(embedded.snapshot()["team/app"]?.[as]).toBe(digest);
        }
      },
    ),
    {
      numRuns: Number(process.env["BAYPLAN_CLEAN_UP_RUNS"] ?? 40),
      endOnFailure: process.env["BAYPLAN_RETENTION_FIRST"] !== undefined,
    },
  );
});

function childrenOf(stored: readonly StoredBytes[], digest: string): readonly string[] {
  const found = stored.find(({ descriptor }) => descriptor.digest === digest);
  if (found?.descriptor.mediaType !== mediaTypes.ociIndex) return [];
  const { manifests } = JSON.parse(new TextDecoder().decode(found.bytes)) as { manifests: { digest: string }[] };
  return manifests.map((one) => one.digest);
}
