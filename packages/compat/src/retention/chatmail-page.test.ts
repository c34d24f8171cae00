import { readFileSync } from "node:fs";
import { evaluateRetention, type RetentionPolicy } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { digest, now, repository, type TestImage } from "../testing/retention-images.ts";
import { fromDeletePackageVersionsInputs } from "./from-delete-package-versions-inputs.ts";

const page = readFileSync(new URL("../../../../docs/retention.md", import.meta.url), "utf8");

const releases: Readonly<Record<number, readonly string[]>> = {
  12: ["1.10.0", "1.10"],
  25: ["1.11.0", "1.11", "latest"],
  38: ["j4n-foo"],
  40: ["main"],
};
/** One build a day, forty days long: an index, its platform, its attestation. */
const images = Object.fromEntries(
  Array.from({ length: 40 }, (_, index) => index + 1).flatMap((build): [string, TestImage][] => [
    [`${build} amd64`, { age: 41 - build }],
    [`${build} attestation`, { age: 41 - build }],
    [
      `${build}`,
      {
        age: 41 - build,
        tags: [`sha-${String(build).padStart(7, "0")}`, ...(releases[build] ?? [])],
        children: [`${build} amd64`, `${build} attestation`],
      },
    ],
  ]),
);
const inventory = repository(images);
const regex = "^(main|latest|\\d+\\.\\d+|\\d+\\.\\d+\\.\\d+)$";
const protect = ["main", "latest", { pattern: "\\d+\\.\\d+" }, { pattern: "\\d+\\.\\d+\\.\\d+" }];

/** The jobs of the workflow as they are, and what each is meant to do. */
const jobs: Readonly<Record<string, readonly [Readonly<Record<string, unknown>>, RetentionPolicy]>> = {
  "`prune-untagged`": [
    { "min-versions-to-keep": 20, "delete-only-untagged-versions": "true" },
    { protect, rules: [{ kind: "expire-untagged", keepLast: 20 }] },
  ],
  "`prune-old-sha`": [
    { "min-versions-to-keep": 30, "ignore-versions": regex },
    { protect, rules: [{ kind: "expire", match: { pattern: "sha-.*" }, keepLast: 30 }], untag: "unprotected" },
  ],
  "`cleanup-branch`": [
    { "min-versions-to-keep": 0, "ignore-versions": "^(?!j4n-foo$).*$" },
    {
      protect,
      rules: [{ kind: "expire-deleted-branch" }],
      liveBranches: ["main"],
      event: { type: "delete", refType: "branch", ref: "j4n/foo" },
    },
  ],
};

interface Damage {
  readonly deleted: ReadonlySet<string>;
  readonly untagged: readonly string[];
}

/** Tags that nobody can pull any more although they are there, and releases that are gone. */
function cellsOf({ deleted, untagged }: Damage): readonly string[] {
  const lost = inventory.manifests.filter(({ descriptor }) => deleted.has(descriptor.digest));
  const kept = inventory.manifests.filter(({ descriptor }) => !deleted.has(descriptor.digest));
  const gone = lost.flatMap(({ tags }) => tags).filter((tag) => /^\d+\.\d+\.\d+$/.test(tag));
  const broken = kept.filter(
    ({ links }) => links.state === "read" && links.children.some((child) => deleted.has(child)),
  );
  const tags = broken.flatMap((image) => image.tags).filter((tag) => !untagged.includes(tag));
  const what = [
    ...(deleted.size > 0 ? [`${deleted.size} manifests`] : []),
    ...untagged.map((tag) => `the tag \`${tag}\``),
  ];
  return [
    what.join(", ") || "nothing",
    gone.map((tag) => `\`${tag}\``).join(", ") || "none",
    tags.length === 0 ? "none" : String(tags.length),
  ];
}

function today(job: string): Damage {
  const [inputs] = jobs[job] ?? [];
  const { deleted, untagged } = fromDeletePackageVersionsInputs(inputs).simulate(inventory, now);
  return { deleted: new Set(deleted), untagged: untagged.map(({ tag }) => tag) };
}

function ours(job: string): Damage {
  const policy = jobs[job]?.[1] ?? {};
  const { delete: deleted, untag } = evaluateRetention(inventory, policy, now);
  return { deleted: new Set(deleted.map((one) => one.digest)), untagged: untag.map(({ tag }) => tag) };
}

describe("chatmail's clean-up in docs/retention.md", () => {
  const rows = page
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .filter(([, job = ""]) => job in jobs);

  it.each(Object.keys(jobs))("%s does what its row says", (job) => {
    const row = rows.find(([, name]) => name === job) ?? [];
    expect(row.slice(2, -1)).toEqual([...cellsOf(today(job)), ...cellsOf(ours(job))]);
  });

  it("deletes release 1.11.0 with the image of latest today, and keeps it with ours", () => {
    const release = digest("25");
    expect(today("`prune-old-sha`").deleted).toContain(release);
    for (const job of Object.keys(jobs)) expect(ours(job).deleted.has(release)).toBe(false);
    expect(rows).toHaveLength(3);
  });
});
