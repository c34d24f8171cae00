import {
  assignTags,
  createVersionScheme,
  parseVersionFile,
  requireVersionAgreement,
  type TagRule,
  versionOfCommit,
  versionsAgree,
} from "@bayplan/core";
import { z } from "zod";
import type { Case } from "../case-file.ts";

const Declared = z.strictObject({
  git_tag: z.string().nullish(),
  VERSION: z.string(),
  event: z.string().optional(),
  ref: z.string().optional(),
  ref_type: z.enum(["tag", "branch"]).optional(),
  published: z.array(z.string()).nullish(),
});
const Latest = z.strictObject({
  event: z.string(),
  ref_type: z.enum(["tag", "branch"]).optional(),
  ref: z.string(),
  VERSION: z.string().optional(),
  published: z.array(z.string()).nullish(),
});
const Ref = z.strictObject({ ref: z.string() });
const Refs = z.strictObject({ refs: z.array(z.string()) });
const Commit = z.strictObject({ commit: z.string().nullish(), tags_on_commit: z.array(z.string()) });

const released = { events: ["push"], refKind: "tag" } as const;
const exact: TagRule = { kind: "exact", template: "{version}", when: released };
const latest: TagRule = { kind: "alias", template: "latest", when: released };
const docker = createVersionScheme("docker");

/** What a release of opencrate calls itself, and whether it may. */
export function checkOpencrateVersion(input: unknown, { expected }: Case): unknown {
  const { git_tag, VERSION, event, ref, ref_type, published } = Declared.parse(input);
  const { raw } = parseVersionFile(VERSION, { scheme: docker });
  const declared = { file: raw, tag: git_tag ?? "" };
  // A case that expects a refusal asks for the call that refuses.
  if (typeof git_tag === "string" && isRefusal(expected)) requireVersionAgreement(declared);
  const pushed = ref ?? (typeof git_tag === "string" ? `refs/tags/${git_tag}` : "refs/heads/main");
  const full = pushed.startsWith("refs/") ? pushed : `refs/${ref_type === "branch" ? "heads" : "tags"}/${pushed}`;
  const agrees = typeof git_tag === "string" ? versionsAgree(declared) : undefined;
  const event_ = { name: event ?? "push", ref: full };
  const tags = agrees === false ? [] : decide(raw, { event: event_, published: published ?? [] });
  return {
    image_version: raw,
    ...(agrees === undefined ? {} : { matches_tag: agrees }),
    overwrites: tags.includes(raw) && (published ?? []).includes(raw),
    pushes_tag: typed(expected, "pushes_tag", tags.includes(raw) ? raw : null),
    latest: typed(expected, "latest", tags.includes("latest") ? raw : null),
  };
}

/** Whether `latest` moves. */
export function checkOpencrateLatest(input: unknown): unknown {
  const { event, ref, published, VERSION } = Latest.parse(input);
  const name = VERSION ?? ref.replace(/^refs\/(?:tags|heads)\//, "");
  const version = docker.parse(name);
  const known = published === null ? undefined : (published ?? []);
  const tags = decide(name, { event: { name: event, ref }, published: known });
  return {
    ...(version === undefined ? {} : { is_prerelease: !docker.isStable(version) }),
    moves_latest: tags.includes("latest"),
  };
}

/** Version and flag of a Git tag, or which of many are pre-releases. */
export function checkQuiltPrerelease(input: unknown): unknown {
  const many = Refs.safeParse(input);
  if (many.success) return { prereleases: many.data.refs.filter((ref) => versionOfRef(ref).prerelease).length };
  return versionOfRef(Ref.parse(input).ref);
}

/** The version that the tags of a commit give it. */
export function checkQuiltGitVersion(input: unknown): unknown {
  const version = versionOfCommit(Commit.parse(input).tags_on_commit);
  return { version: version === undefined ? null : version.raw.replace(/^v/, "") };
}

function versionOfRef(ref: string): { readonly version: string; readonly prerelease: boolean } {
  const { raw, text, isStable } = parseVersionFile(ref.replace(/^refs\/tags\//, ""), { scheme: schemeOf(ref) });
  return { version: raw === text ? raw : text, prerelease: !isStable };
}

/** Tags of this project are semantic versions, beside some in the notation of Python. */
function schemeOf(ref: string): string {
  const tag = ref.replace(/^refs\/tags\//, "");
  return createVersionScheme("semver").parse(tag) === undefined ? "pep440" : "semver";
}

function decide(
  version: string,
  context: { readonly event: { name: string; ref: string }; readonly published: readonly string[] | undefined },
): readonly string[] {
  const { event, published } = context;
  const known = published === undefined ? unknown : ({ state: "complete", tags: published } as const);
  const policy = { rules: [exact, latest], scheme: docker, onInvalid: "report" } as const;
  const { tags } = assignTags(policy, { repository: "opencrate", version, event, known });
  return tags.map(({ tag }) => tag);
}

const unknown = { state: "unknown", error: "UNAVAILABLE" } as const;

/** Some cases name the tag, others only say whether there is one. */
function typed(expected: unknown, key: string, tag: string | null): unknown {
  const wanted = typeof expected === "object" && expected !== null ? (expected as Record<string, unknown>)[key] : null;
  return typeof wanted === "boolean" ? tag !== null : tag;
}

function isRefusal(expected: unknown): boolean {
  return typeof expected === "object" && expected !== null && "error" in expected;
}
