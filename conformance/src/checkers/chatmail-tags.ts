import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  assignTags,
  classifyRef,
  createVersionScheme,
  digestOf,
  isTag,
  parseLsRemote,
  type ShownTag,
  type TagContext,
  type TagEvent,
  type TagPolicy,
} from "@bayplan/core";
import { z } from "zod";

const Published = z.strictObject({ tags_newest_first: z.array(z.array(z.string())) });
const TagsInput = z.strictObject({
  event: z.string(),
  relay_ref: z.string(),
  relay_commit: z.string(),
  docker_ref_name: z.string(),
  distro_suffix: z.string(),
  image: z.string(),
  // Anything but a whole listing is one that failed.
  published: z.unknown(),
  ls_remote: z.string().optional(),
});

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** The chatmail pipeline's tags as it means them: every moving one is guarded. */
const rules: TagPolicy["rules"] = [
  { kind: "sha" },
  // The Git repository of the image builds the head of the other one: its own ref is no release of it.
  { kind: "template", template: "{ref}", order: "any", when: { events: ["push", "pull_request"] } },
  { kind: "tag", when: { events: fromRelay() } },
  { kind: "template", template: "{branch}", order: "any", when: { events: fromRelay() } },
  { kind: "exact", template: "{release}", when: { events: fromRelay() } },
  { kind: "alias", template: "{major}.{minor}", when: { events: fromRelay() } },
  { kind: "alias", template: "latest", variants: ["default"], when: { events: fromRelay() } },
];

function fromRelay(): readonly string[] {
  return ["repository_dispatch", "workflow_dispatch"];
}

/** The tags of one build, from what is published. */
export function checkChatmailTags(input: unknown): unknown {
  const given = TagsInput.parse(input);
  const { distro_suffix: suffix } = given;
  const policy: TagPolicy = {
    rules,
    scheme: createVersionScheme("semver"),
    variants: [{ name: "default", suffix: "", default: true }, ...(suffix === "" ? [] : [{ name: "distro", suffix }])],
    onInvalid: "report",
  };
  const context = {
    repository: given.image,
    event: eventOf(given),
    variant: suffix === "" ? "default" : "distro",
    ...publishedFacts(given),
  };
  const { tags, decisions } = assignTags(policy, context);
  const names = tags.map(({ tag }) => tag);
  return {
    tags: names,
    latest: names.includes("latest"),
    invalid_tags: names.filter((tag) => !isTag(tag)),
    primary: names[0] ?? null,
    refused: decisions.filter(({ outcome }) => outcome === "invalid").length,
  };
}

/** Own pushes and pull requests are about the image's Git repository, everything else about a ref of the other one. */
function eventOf(given: z.infer<typeof TagsInput>): TagEvent {
  const { event: name, relay_ref, relay_commit: sha, docker_ref_name } = given;
  if (name === "pull_request") return { name, sha, ref: `refs/pull/${docker_ref_name}` };
  if (name === "push") return { name, sha, ref: `refs/heads/${docker_ref_name}` };
  const classified = classifyRef(parseLsRemote(given.ls_remote ?? relayRefs()), relay_ref);
  if (classified.kind === "tag" && classified.commit != null)
    return { name, sha, ref: `refs/tags/${relay_ref}`, refCommit: classified.commit };
  // A ref that is newer than the listing: only what reads as a version can be a release.
  const isVersion = classified.kind === "unknown" && createVersionScheme("semver").parse(relay_ref) !== undefined;
  return { name, sha, ref: `refs/${isVersion ? "tags" : "heads"}/${relay_ref}` };
}

/** One digest for each published image; ours is the one that has our commit's tag, or a new one. */
function publishedFacts({
  published,
  relay_commit,
  distro_suffix,
}: z.infer<typeof TagsInput>): Pick<TagContext, "known" | "shown" | "target"> {
  const listing = Published.safeParse(published);
  if (!listing.success) return { known: { state: "unknown", error: "UNAVAILABLE" } };
  const images = listing.data.tags_newest_first;
  const digest = (text: string) => digestOf(new TextEncoder().encode(text));
  const shown: Record<string, ShownTag> = {};
  for (const [index, tags] of images.entries()) {
    // Newest first: what is listed twice is where it was seen first.
    for (const tag of tags) shown[tag] ??= { state: "present", digest: digest(String(index)) };
  }
  const own = shown[`sha-${relay_commit.slice(0, 7)}${distro_suffix}`];
  const target = own?.state === "present" ? own.digest : digest(`built from ${relay_commit}`);
  return { known: { state: "complete", tags: images.flat() }, shown, target };
}

/** The refs these cases are about, where the case does not carry them. */
function relayRefs(): string {
  const folder = resolve(process.env["BAYPLAN_CASES"] ?? join(root, "..", "shared", "cases"));
  return readFileSync(join(folder, "pipelines", "fixtures", "relay_ls_remote.txt"), "utf8");
}
