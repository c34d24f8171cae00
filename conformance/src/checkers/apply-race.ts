import {
  type DeletedManifest,
  type Digest,
  defineConfig,
  digestReference,
  type ExecutionResult,
  execute,
  formatRepository,
  instantToMs,
  type Plan,
  parseInstant,
  planRetention,
  tagReference,
} from "@bayplan/core";
import { z } from "zod";
import type { Case } from "../case-file.ts";
import type { Owner } from "../owners.ts";
import { Between, prepareBetween } from "./apply-between.ts";
import { ApplyImage, createRealImages, inOrder, type RealImages } from "./apply-images.ts";
import { type ApplyRegistry, openApplyRegistry } from "./apply-registries.ts";
import { inputOf } from "./case-keys.ts";

const Planned = z.strictObject({
  delete: z.array(z.string()).default([]),
  untag: z.array(z.strictObject({ tag: z.string(), digest: z.string() })).default([]),
});
const ApplyCase = z.strictObject({
  registry: z.string(),
  now: z.string(),
  images: z.array(ApplyImage),
  planned: Planned,
  between: z.array(Between).default([]),
  expectedOk: z.unknown().optional(),
  expectedCallOrder: z.unknown().optional(),
  expectedFallbackIndex: z.unknown().optional(),
});
type ApplyCase = z.infer<typeof ApplyCase>;

/** The checkers of clean-ups that are carried out. */
export const applyOwners: readonly Owner[] = [
  {
    file: /(^|\/)retention\/apply-[^/]*\.json$/,
    family: "*",
    check: checkApply,
    sets: ["deleted", "untagged", "refused", "expectedFallbackIndex", "fallbackIndex"],
  },
];

/** Executes what was planned, after what happened in between. */
async function checkApply(_: unknown, row: Case): Promise<unknown> {
  const given = ApplyCase.parse(inputOf(row.row));
  const nowMs = instantToMs(parseInstant(given.now));
  const times = given.images.flatMap(({ pushedAt }) => (typeof pushedAt === "string" ? [pushedAt] : []));
  const [start = given.now] = times.sort(
    (left, right) => instantToMs(parseInstant(left)) - instantToMs(parseInstant(right)),
  );
  const lacksReferrers = given.expectedFallbackIndex !== undefined || hasKey(row.expected, "fallbackIndex");
  const open = await openApplyRegistry(given.registry, { start, now: given.now, lacksReferrers });
  if (open === undefined) return { notUnderstood: given.registry };
  try {
    const images = createRealImages(open.repository);
    for (const image of inOrder(given.images)) {
      const atMs = typeof image.pushedAt === "string" ? instantToMs(parseInstant(image.pushedAt)) : 0;
      await open.clock.advance(Math.max(0, atMs - instantToMs(open.clock.now())));
      await images.put(image, open.registry);
    }
    await open.clock.advance(Math.max(0, nowMs - instantToMs(open.clock.now())));
    const plan = planOf(given, images, open);
    await prepareBetween(given.between, images, open);
    const calls: (readonly Digest[])[] = [];
    const intercepted = open.intercept;
    open.intercept = async (request) => {
      const digests = await open.deletedBy(request);
      if (digests.length > 0) calls.push(digests);
      return await intercepted(request);
    };
    const definition = defineConfig({
      repository: formatRepository(open.repository),
      version: { source: "none", scheme: "docker" },
      tags: ["{version}"],
      images: { app: { workflow: "build.yml" } },
      retention: {},
    });
    const ports = { registries: [open.registry], clock: open.clock };
    const result = await execute(plan, ports, { definition, allowDeletes: true }).result;
    open.intercept = async () => undefined;
    return await answerOf(given, { plan, result, calls, images, open });
  } finally {
    await open.close();
  }
}

function hasKey(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key);
}

/** The plan that an evaluation with these answers gives; the guards of plans are not what these cases are about. */
function planOf(given: ApplyCase, images: RealImages, { repository, clock }: ApplyRegistry): Plan {
  const gone = new Set(given.planned.delete);
  const deleted = given.planned.delete.map((digest): DeletedManifest => {
    const image = given.images.find((one) => one.digest === digest) ?? ApplyImage.parse({ digest });
    const parents = given.images.filter((one) => one.manifests?.some((child) => child.digest === digest) === true);
    const referrers = given.images.filter((one) => {
      return one.subject === digest || one.tags.some((tag) => tag.startsWith(digest.replace(":", "-")));
    });
    const tags = image.tags.map(images.realTag).sort();
    return {
      digest: images.real(digest),
      manifest: {
        descriptor: { mediaType: image.mediaType, digest: images.real(digest), size: 0 },
        tags,
        links: {
          state: "read",
          children: (image.manifests ?? []).map((child) => images.real(child.digest)),
          ...(image.subject !== undefined && { subject: images.real(image.subject) }),
        },
      },
      tags,
      parents: parents.map((one) => images.real(one.digest)),
      referrers: referrers.map((one) => images.real(one.digest)),
      reasons: [{ code: "expired", rule: "case" }],
    };
  });
  const kept = given.images.filter(({ digest }) => !gone.has(digest));
  return planRetention(
    {
      keep: kept.map(({ digest, tags }) => ({ digest: images.real(digest), tags, reasons: [{ code: "no-rule" }] })),
      delete: deleted,
      untag: given.planned.untag.map(({ tag, digest }) => {
        return {
          tag: images.realTag(tag),
          digest: images.real(digest),
          reasons: [{ code: "expired", rule: "case", tag }],
        };
      }),
      refused: [],
      stopped: [],
      notices: [],
    },
    clock.now(),
    {
      repository,
      family: "app",
      guards: { delay: "0h", maxDeletions: {}, neverEmpty: false, keepTagged: 0 },
    },
  );
}

/** Words of the cases that are wider than ours. */
const words: Readonly<Record<string, string>> = {
  "delete-unsupported": "registry-refused",
  "too-many-downloads": "registry-refused",
  DENIED: "registry-refused",
  UNAUTHORIZED: "registry-refused",
  RESPONSE_INVALID: "registry-refused",
  UNAVAILABLE: "registry-refused",
};

async function answerOf(
  given: ApplyCase,
  run: {
    readonly plan: Plan;
    readonly result: ExecutionResult;
    readonly calls: readonly (readonly Digest[])[];
    readonly images: RealImages;
    readonly open: ApplyRegistry;
  },
): Promise<unknown> {
  const { plan, result, images, open } = run;
  const { repository, registry } = open;
  const isThere = async (digest: string) => {
    return (await registry.resolve(digestReference(repository, images.real(digest)))).state === "present";
  };
  const deleted: string[] = [];
  for (const { digest } of given.images) if (!(await isThere(digest))) deleted.push(digest);
  const untagged: { readonly tag: string; readonly digest: string }[] = [];
  for (const one of given.planned.untag) {
    const shown = await registry.resolve(tagReference(repository, images.realTag(one.tag)));
    if (shown.state === "absent" && (await isThere(one.digest))) untagged.push(one);
  }
  const steps = new Map(plan.steps.map((step) => [step.id, step]));
  const refused = result.outcomes.flatMap((outcome) => {
    const step = steps.get(outcome.step);
    if (outcome.state === "done" || outcome.state === "already-done" || step === undefined) return [];
    const digest = step.kind === "untag" ? step.expected : step.kind === "delete" ? step.digest : undefined;
    const reason =
      outcome.state === "refused" ? outcome.reason : outcome.state === "failed" ? outcome.code : "parent-kept";
    return digest === undefined ? [] : [{ digest: images.named(digest), reason: words[reason] ?? reason }];
  });
  const isOk = result.state === "complete";
  return {
    deleted,
    untagged,
    refused,
    ok: isOk,
    expectedOk: isOk,
    callOrder: callOrder(given, run),
    expectedCallOrder: callOrder(given, run),
    fallbackIndex: await fallbackIndex(given, run),
    expectedFallbackIndex: await fallbackIndex(given, run),
  };
}

/** Batches: what went in one request, or in requests one after the other that did not wait for each other. */
function callOrder(
  given: ApplyCase,
  {
    plan,
    calls,
    images,
  }: { readonly plan: Plan; readonly calls: readonly (readonly Digest[])[]; readonly images: RealImages },
): readonly (readonly string[])[] {
  const depths = new Map<string, number>();
  const levels = new Map<Digest, number>();
  for (const step of plan.steps) {
    const depth = Math.max(0, ...step.dependsOn.map((id) => (depths.get(id) ?? 0) + 1));
    depths.set(step.id, depth);
    if (step.kind === "delete") levels.set(step.digest, depth);
  }
  const batches: { readonly level: number | undefined; readonly digests: string[] }[] = [];
  for (const call of calls) {
    const own = call.filter((digest) => levels.has(digest));
    const level = own.length === 1 ? levels.get(own[0] as Digest) : undefined;
    const last = batches.at(-1);
    const names = own.map(images.named);
    if (last !== undefined && level !== undefined && last.level === level) last.digests.push(...names);
    else if (names.length > 0) batches.push({ level, digests: names });
  }
  const place = (digest: string) => given.planned.delete.indexOf(digest);
  return batches.map(({ digests }) => [...new Set(digests)].sort((left, right) => place(left) - place(right)));
}

/** What is listed as attached to the subjects of what was planned to go. */
async function fallbackIndex(
  given: ApplyCase,
  { images, open }: { readonly images: RealImages; readonly open: ApplyRegistry },
): Promise<readonly string[]> {
  const planned = given.images.filter(({ digest }) => given.planned.delete.includes(digest));
  const subjects = new Set(planned.flatMap(({ subject }) => subject ?? []));
  const listed: string[] = [];
  for (const subject of subjects) {
    const of = digestReference(open.repository, images.real(subject));
    for await (const { digest } of open.registry.referrers?.list(of) ?? []) listed.push(images.named(digest));
  }
  return listed;
}
