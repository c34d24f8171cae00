import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  checkoutStrategy,
  classifyRef,
  createRefDispatch,
  isTag,
  parseLsRemote,
  receiveRef,
  resolveTrigger,
  sanitizeTag,
  type TriggerTable,
} from "@bayplan/core";
import { z } from "zod";
import type { Case } from "../case-file.ts";

const text = z.string().nullable().optional();
const RelayRef = z.strictObject({ PAYLOAD_REF: text, PAYLOAD_SHA: text, INPUT_REF: text, INPUT_SHA: text });
const list = z.array(z.string()).optional();
const Dispatch = z.strictObject({
  event: z.string().optional(),
  ref_type: z.enum(["branch", "tag"]),
  ref_name: z.string(),
  sha: z.string().optional(),
  repository: z.string(),
  filters: z.strictObject({ branches: list, tags: list, branches_ignore: list, tags_ignore: list }),
  ls_remote: z.string().optional(),
});
const Ref = z.strictObject({ ref: z.string(), ls_remote: z.string().optional(), clone: z.string().optional() });
const Trigger = z.strictObject({
  event: z.string(),
  ref_name: z.string().optional(),
  ref_type: z.enum(["branch", "tag"]).optional(),
  type: z.string().optional(),
  changed_files: z.array(z.string()).optional(),
  fork: z.boolean().optional(),
});
const BranchTable = z.strictObject({
  branches: z.array(z.string()).optional(),
  ls_remote: z.string().optional(),
  suffix: z.string().optional(),
});

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Which source is built: payload, then input, then `main`. */
export function checkRelayRef(input: unknown): unknown {
  const { PAYLOAD_REF, PAYLOAD_SHA, INPUT_REF, INPUT_SHA } = RelayRef.parse(input);
  const { ref, sha, checkoutRef } = receiveRef({
    payload: { relay_ref: PAYLOAD_REF, relay_sha: PAYLOAD_SHA },
    inputs: { relay_ref: INPUT_REF, relay_sha: INPUT_SHA },
    defaultRef: "main",
    prefix: "relay_",
  });
  return { ref, sha: sha ?? null, checkout_ref: checkoutRef };
}

/** Whether a push tells the other Git repository, and what it tells. */
export function checkRelayDispatch(input: unknown, row: Case): unknown {
  const { event = "push", ref_type, ref_name, repository, filters, ...rest } = Dispatch.parse(input);
  const { branches, tags, branches_ignore, tags_ignore } = filters;
  const table: TriggerTable = {
    rows: [
      {
        name: "tell the image repository",
        when: {
          events: ["push"],
          repositories: ["chatmail/relay"],
          ...(branches && { branches }),
          ...(tags && { tags }),
          ...(branches_ignore && { branchesIgnore: branches_ignore }),
          ...(tags_ignore && { tagsIgnore: tags_ignore }),
        },
        set: { values: { dispatch: "relay-updated" } },
      },
      {
        name: "by hand",
        when: { events: ["workflow_dispatch"], repositories: ["chatmail/relay"] },
        set: { values: { dispatch: "relay-updated" } },
      },
    ],
  };
  const ref = `refs/${ref_type === "tag" ? "tags" : "heads"}/${ref_name}`;
  const eventType = resolveTrigger(table, { name: event, ref, repository }).values["dispatch"]?.value;
  if (eventType === undefined) return { fires: false };
  if (!Object.hasOwn(row.expected as object, "payload")) return { fires: true };
  const sha = rest.sha ?? commitOf(rest.ls_remote ?? relayRefs(), ref);
  const target = { repository: "chatmail/docker", eventType, prefix: "relay_" };
  return { fires: true, payload: createRefDispatch(target, { ref: ref_name, sha }) };
}

/** What a text names among the refs of `git ls-remote`. */
export function checkRelayKind(input: unknown, row: Case): unknown {
  const { ref, ls_remote = "" } = Ref.parse(input);
  const classified = classifyRef(parseLsRemote(ls_remote), ref);
  // Where the case wants a refusal, it is the checkout that refuses.
  if (Object.hasOwn(row.expected as object, "error")) checkoutStrategy(classified);
  return classified;
}

/** What the pipeline does on an event. */
export function checkChatmailTrigger(input: unknown): unknown {
  const { event, ref_name = "main", ref_type = "branch", type, changed_files, fork } = Trigger.parse(input);
  const { build, push, test } = resolveTrigger(chatmailTable, {
    name: event,
    ref: `refs/${ref_type === "tag" ? "tags" : "heads"}/${ref_name}`,
    baseRef: "main",
    isFork: fork ?? false,
    type: type ?? "relay-updated",
    ...(changed_files === undefined ? {} : { changes: { state: "known", paths: changed_files } }),
  });
  return { build: build.value, push: push.value, test: test.value };
}

/** The tags of branches, and which of those are no legal tags. */
export function checkBranchTable(input: unknown, row: Case): unknown {
  const { branches, ls_remote, suffix = "" } = BranchTable.parse(input);
  const names = branches ?? branchesOf(ls_remote ?? relayRefs());
  const tags = names.map((name) => `${sanitizeTag(name).tag}${suffix}`);
  const illegal = names.filter((_, index) => !isTag(tags[index] ?? ""));
  const wanted = row.expected as Readonly<Record<string, unknown>>;
  const byBranch = Object.fromEntries(names.map((name, index) => [name, tags[index]]));
  return {
    tags: Array.isArray(wanted["tags"]) ? tags : typeof wanted["tags"] === "number" ? tags.length : byBranch,
    illegal: typeof wanted["illegal"] === "number" ? illegal.length : illegal,
  };
}

const chatmailTable: TriggerTable = {
  rows: [
    { name: "main", when: { events: ["push"], branches: ["main"] }, set: { build: true, push: true, test: true } },
    {
      name: "pull request",
      when: { events: ["pull_request"], pathsIgnore: ["**/README.md", "CHANGELOG.md", "LICENSE"] },
      // The test pulls from the registry, where the image of a pull request never is.
      set: { build: true, push: false, test: false },
    },
    {
      name: "relay moved",
      when: { events: ["repository_dispatch"], types: ["relay-updated"] },
      set: { build: true, push: true, test: true },
    },
    { name: "by hand", when: { events: ["workflow_dispatch"] }, set: { build: true, push: true, test: true } },
  ],
};

/** The refs these cases are about, where the case does not carry them. */
function relayRefs(): string {
  const folder = resolve(process.env["BAYPLAN_CASES"] ?? join(root, "..", "shared", "cases"));
  return readFileSync(join(folder, "pipelines", "fixtures", "relay_ls_remote.txt"), "utf8");
}

function commitOf(refs: string, ref: string): string {
  const classified = classifyRef(parseLsRemote(refs), ref);
  return checkoutStrategy(classified).commit ?? "";
}

function branchesOf(refs: string): readonly string[] {
  const { refs: all } = parseLsRemote(refs);
  return all.filter(({ kind }) => kind === "branch").map(({ name }) => name.slice("refs/heads/".length));
}
