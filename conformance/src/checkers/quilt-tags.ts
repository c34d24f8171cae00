import {
  assignTags,
  BayplanError,
  createVersionScheme,
  digestOf,
  formatReference,
  isFullSha,
  parseDigest,
  parsePlatform,
  parseRepository,
  type RepositoryName,
  type ShownTag,
  type TagPolicy,
  tagReference,
} from "@bayplan/core";
import { formatEcrHost } from "@bayplan/registry-ecr";
import { z } from "zod";

const TagsInput = z.strictObject({
  version: z.string(),
  registry: z.string(),
  image: z.string(),
  machine: z.string().optional(),
  platform: z.string().optional(),
  no_latest: z.boolean().optional(),
  include_latest: z.boolean().optional(),
  arch_specific: z.boolean().optional(),
});
const OutputsInput = z.strictObject({ git_sha: z.string(), account: z.string(), region: z.string() });
const SpecInput = z.union([
  z.strictObject({ example: z.string() }),
  z.strictObject({ account: z.string(), region: z.string(), repository: z.string(), tag: z.string() }),
  z.strictObject({ tag: z.string(), exists: z.boolean().nullable(), same_digest: z.boolean().nullable() }),
]);

/** The architectures the pipeline builds for; what `uname -m` calls them. */
const machines: Readonly<Record<string, string>> = {
  ...{ x86_64: "amd64", amd64: "amd64", AMD64: "amd64", aarch64: "arm64", arm64: "arm64" },
};
const architectures = ["amd64", "arm64"];

/** The tags of one build. The pipeline's `latest` is unguarded on purpose: who calls it decides. */
export function checkQuiltTags(input: unknown): unknown {
  const given = TagsInput.parse(input);
  const isLatest = given.include_latest ?? given.no_latest !== true;
  const suffix = archSuffix(given);
  const policy: TagPolicy = {
    rules: [
      { kind: "exact", template: "{version}" },
      { kind: "raw", value: "latest", order: "any", when: { inputs: { latest: true } } },
    ],
    scheme: createVersionScheme("semver"),
    variants: [{ name: "arch", suffix, default: suffix === "" }],
  };
  const { tags } = assignTags(policy, {
    repository: given.image,
    version: given.version,
    variant: "arch",
    event: { name: "workflow_call", inputs: { latest: isLatest } },
    known: { state: "unknown", error: "INCOMPLETE" },
  });
  const repository = parseRepository(`${given.registry}/${given.image}`);
  const names = tags.map(({ tag }) => tag);
  return {
    tags: names,
    uris: names.map((tag) => uriOf(repository, tag)),
    image: repository.repository,
    registry: repository.registry,
  };
}

/** One known architecture has a suffix; several, or one that is not built for, have none. */
function archSuffix({ machine, platform, arch_specific = true }: z.infer<typeof TagsInput>): string {
  if (!arch_specific) return "";
  const platforms = (platform ?? `linux/${machines[machine ?? ""] ?? machine ?? ""}`).split(",");
  const found = [...new Set(platforms.map((text) => parsePlatform(text.trim()).architecture))];
  const [first = ""] = found;
  return found.length === 1 && architectures.includes(first) ? `-${first}` : "";
}

/** What later jobs get. */
export function checkQuiltOutputs(input: unknown): unknown {
  const { git_sha, account, region } = OutputsInput.parse(input);
  const repository = parseRepository(`${formatEcrHost({ accountId: account, region })}/quiltdata/benchling`);
  if (!isFullSha(git_sha)) throw new BayplanError("INVALID_INPUT", "The commit is not named in full.");
  const { tags } = assignTags(
    {
      rules: [
        { kind: "sha", format: "long", prefix: "" },
        { kind: "raw", value: "latest", order: "any" },
      ],
      scheme: createVersionScheme("semver"),
    },
    {
      repository: repository.repository,
      event: { name: "push", sha: git_sha },
      known: { state: "unknown", error: "INCOMPLETE" },
    },
  );
  const [sha, latest] = tags.map(({ tag }) => uriOf(repository, tag));
  return { IMAGE_URI_SHA: sha, IMAGE_URI_LATEST: latest, git_sha };
}

/** The rules its documentation states. */
export function checkQuiltSpec(input: unknown): unknown {
  const given = SpecInput.parse(input);
  if ("example" in given) return { is_full_sha: isFullSha(given.example) };
  if ("account" in given) {
    const { account, region, repository, tag } = given;
    return { uri: uriOf(parseRepository(`${formatEcrHost({ accountId: account, region })}/${repository}`), tag) };
  }
  return { action: actionFor(given) };
}

/** What happens to an immutable tag that may exist. */
function actionFor(given: {
  readonly tag: string;
  readonly exists: boolean | null;
  readonly same_digest: boolean | null;
}): string {
  const target = digestOf(new TextEncoder().encode("built"));
  const other = parseDigest(`sha256:${"0".repeat(64)}`);
  const shown: ShownTag =
    given.exists === null || (given.exists && given.same_digest === null)
      ? { state: "unknown", error: "UNAVAILABLE" }
      : given.exists
        ? { state: "present", digest: given.same_digest === true ? target : other }
        : { state: "absent" };
  const { decisions } = assignTags(
    { rules: [{ kind: "sha", format: "long", prefix: "" }], scheme: createVersionScheme("semver") },
    {
      repository: "quiltdata/benchling",
      event: { name: "push", sha: given.tag },
      shown: { [given.tag]: shown },
      target,
      known: { state: "unknown", error: "INCOMPLETE" },
    },
  );
  const [decision] = decisions;
  if (decision?.outcome !== "emitted") return "fail";
  return decision.reasons[0].code === "up-to-date" ? "skip" : "push";
}

function uriOf(repository: RepositoryName, tag: string): string {
  return formatReference(tagReference(repository, tag));
}
