import { member } from "./member.ts";
import { metadataError } from "./metadata-error.ts";

/** The run that asks, as GitHub Actions describes it. Nothing is read from anywhere else. */
export interface MetadataEvent {
  /** Name of the event, for example `push`. Default none. */
  readonly eventName?: string;
  /** For example `refs/heads/main`. Default none. */
  readonly ref?: string;
  /** The full commit. Default none: rules of type `sha` then give nothing. */
  readonly sha?: string;
  /** The document of the event. Default empty. */
  readonly payload?: unknown;
}

/** What `GET /repos/{owner}/{repo}` answers, as far as it is used. */
export interface MetadataRepository {
  readonly name?: string | null;
  readonly description?: string | null;
  readonly html_url?: string | null;
  readonly default_branch?: string | null;
  readonly license?: { readonly spdx_id?: string | null } | null;
}

/** What the checkout says, for `context: git`. */
export interface MetadataCheckout {
  readonly ref: string;
  readonly sha: string;
  /** The committer's date, in any form that JavaScript reads. */
  readonly commitDate: string;
}

/** All that docker/metadata-action knows besides its inputs. */
export interface MetadataActionContext {
  readonly event: MetadataEvent;
  readonly repository?: MetadataRepository;
  /** What `{{date}}` and the label `created` say. */
  readonly now: string;
  /** For `{{commit_date}}`. Default the payload's for this commit, else `now`; for `git` the checkout's counts. */
  readonly commitDate?: string;
  /** The `DOCKER_METADATA_*` switches. Default none. */
  readonly env?: Readonly<Record<string, string>>;
  /** `workflow`, or `git` for ref and commit of the checkout. Default `workflow`. */
  readonly source?: string;
  /** Needed for `git`. */
  readonly checkout?: MetadataCheckout;
}

/** The context with the overrides applied, as the rules see it. */
export interface MetadataContext {
  readonly eventName: string;
  readonly ref: string;
  readonly sha: string;
  /** ISO 8601 in UTC; `Invalid date` where the checkout's could not be read. */
  readonly commitDate: string;
  readonly now: string;
  readonly payload: unknown;
  readonly env: Readonly<Record<string, string>>;
  readonly repository: MetadataRepository;
}

/**
 * The context that the rules see: the merge ref for `pull_request_target`, the head commit where
 * `DOCKER_METADATA_PR_HEAD_SHA` asks for it, the commit's date from the payload; or ref and commit of the checkout.
 *
 * @throws BayplanError `INVALID_INPUT` for an unknown source, `git` without a checkout, and a `now` that is no time.
 */
export function readMetadataContext(context: MetadataActionContext): MetadataContext {
  const { event, env = {}, repository = {}, source = "workflow" } = context;
  const now = toIso(context.now);
  if (now === undefined) {
    throw metadataError("Invalid time value", {
      path: "context.now",
      found: context.now,
      expected: "an ISO 8601 time",
    });
  }
  const shared = { eventName: event.eventName ?? "", payload: event.payload ?? {}, now, env, repository };
  if (source === "git") return { ...shared, ...fromCheckout(context.checkout) };
  if (source !== "workflow") {
    const place = { path: "context.source", found: source, expected: "workflow or git" };
    throw metadataError(`Invalid context source: ${source}`, place);
  }
  const ref = effectiveRef(event);
  const sha = effectiveSha(event, env);
  const commitDate = context.commitDate ?? dateInPayload(event.payload, sha) ?? now;
  return { ...shared, ref, sha, commitDate: toIso(commitDate) ?? commitDate };
}

function fromCheckout(checkout: MetadataCheckout | undefined): Pick<MetadataContext, "ref" | "sha" | "commitDate"> {
  if (checkout === undefined) {
    const place = { path: "context.checkout", found: "nothing", expected: "ref, sha and commitDate of the checkout" };
    throw metadataError("The source git needs a checkout", place);
  }
  return { ...checkout, commitDate: toIso(checkout.commitDate) ?? checkout.commitDate };
}

function effectiveRef(event: MetadataEvent): string {
  const isTarget = /pull_request_target/.test(event.eventName ?? "");
  return isTarget ? `refs/pull/${String(member(event.payload, "number"))}/merge` : (event.ref ?? "");
}

function effectiveSha(event: MetadataEvent, env: Readonly<Record<string, string>>): string {
  const sha = event.sha ?? "";
  const wantsHead = /true/i.test(env["DOCKER_METADATA_PR_HEAD_SHA"] ?? "");
  if (!wantsHead || !/pull_request/.test(event.eventName ?? "")) return sha;
  const head = member(member(member(event.payload, "pull_request"), "head"), "sha");
  return typeof head === "string" ? head : sha;
}

function dateInPayload(payload: unknown, sha: string): string | undefined {
  const commits = member(payload, "commits");
  const listed = Array.isArray(commits) ? commits.find((commit) => member(commit, "id") === sha) : undefined;
  const head = member(payload, "head_commit");
  const date = member(listed, "timestamp") || (member(head, "id") === sha ? member(head, "timestamp") : undefined);
  return typeof date === "string" && date !== "" ? date : undefined;
}

function toIso(text: string): string | undefined {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
