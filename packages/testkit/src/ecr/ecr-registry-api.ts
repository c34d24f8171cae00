import { isDigest, isTag } from "@bayplan/core";
import { connectionReset } from "../connection-reset.ts";
import { withHeaderLines } from "../header-lines.ts";
import { jsonResponse, Refusal } from "../registry/refusal.ts";
import type { RegistryContext } from "../registry/registry-context.ts";
import { matchRoute } from "../registry/router.ts";
import type { createUploadSessions } from "../registry/upload-sessions.ts";
import type { EcrIdentities, KnownIdentity } from "./ecr-identities.ts";
import type { EcrQuirk } from "./ecr-quirk.ts";
import type { EcrRepositories } from "./ecr-repositories.ts";

/** What the registry side of a simulated Amazon ECR works with. */
export interface EcrRegistryContext {
  readonly repositories: EcrRepositories;
  readonly identities: EcrIdentities;
  readonly uploads: ReturnType<typeof createUploadSessions>;
  readonly accountId: string;
  readonly region: string;
  readonly pageSize: number;
  readonly nowMs: () => number;
  readonly has: (quirk: EcrQuirk) => boolean;
}

/** Answers below `/v2/`: the embedded registry behind passwords, IAM and the habits of Amazon ECR. */
export async function answerRegistry(
  context: EcrRegistryContext,
  request: Request,
  identify: (user: string) => void,
): Promise<Response> {
  const url = new URL(request.url);
  const identity = authenticate(context, request);
  identify(identity.arn);
  const matched = matchRoute(request, url);
  if (matched === undefined || matched.call.repository === "") {
    return url.pathname === "/v2/" ? jsonResponse(200, {}) : new Response("404 page not found\n", { status: 404 });
  }
  const { repository: name, target } = matched.call;
  for (const action of actionsOf(request, url)) {
    const resource = `arn:aws:ecr:${context.region}:${context.accountId}:repository/${name}`;
    const reason = context.identities.refusal(identity, { action, resource, via: "registry" });
    if (reason !== undefined) throw denied(reason);
  }
  const repository = context.repositories.find(name);
  if (repository === undefined) {
    const isUpload = request.method === "POST" && url.pathname.endsWith("/blobs/uploads/");
    if (isUpload && context.has("ecr-eof-on-missing-repository")) throw connectionReset();
    const message = `The repository with name '${name}' does not exist in the registry with id '${context.accountId}'`;
    throw new Refusal(jsonResponse(404, { errors: [{ code: "NAME_UNKNOWN", message }] }));
  }
  if (request.method === "HEAD" && !isDigest(target) && !isTag(target) && context.has("ecr-illegal-reference-400")) {
    return new Response(null, { status: 400 });
  }
  const asked = Number(url.searchParams.get("n") ?? 100);
  if (asked > 1000) {
    const message =
      "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value less than or equal to 1000'";
    throw new Refusal(jsonResponse(405, { errors: [{ code: "UNSUPPORTED", message }] }));
  }
  const response = await matched.run(registryContext(context, asked));
  if (!url.pathname.includes("/manifests/") || !response.ok) return response;
  const shown = isDigest(target) ? target : context.repositories.contents(name).tags.get(target);
  if (request.method === "GET" && shown !== undefined) repository.pulledMs.set(shown, context.nowMs());
  return context.has("ecr-no-digest-header") ? withHeaderLines(response, { "docker-content-digest": [] }) : response;
}

function registryContext(context: EcrRegistryContext, asked: number): RegistryContext {
  const { repositories, uploads } = context;
  return {
    catalog: {
      ...repositories.catalog,
      async writeManifest(name, stored, tags) {
        const [tag] = tags.names;
        const lack = repositories.lackOfRoom(name, { digest: stored.descriptor.digest, tag });
        if (lack !== undefined) throw denied(lack);
        await repositories.catalog.writeManifest(name, stored, tags);
      },
    },
    uploads,
    pageSize: Math.min(asked, context.pageSize),
    isImmutable: (name, tag) => repositories.isImmutable(name, tag),
  };
}

function authenticate(context: EcrRegistryContext, request: Request): KnownIdentity {
  const [, encoded] = /^Basic (.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  const text = Buffer.from(encoded ?? "", "base64").toString("utf8");
  const found = text.startsWith("AWS:") ? context.identities.holder(text.slice(4)) : undefined;
  if (found !== undefined && !found.isOver) return found.identity;
  if (found !== undefined && context.has("ecr-expired-403")) {
    throw denied("Your authorization token has expired. Reauthenticate and try again.");
  }
  const realm = `Basic realm="${new URL(request.url).origin}/",service="ecr.amazonaws.com"`;
  const headers = { "www-authenticate": realm, "content-type": "text/plain; charset=utf-8" };
  throw new Refusal(new Response("Not Authorized\n", { status: 401, headers }));
}

/**
 * The IAM actions that a request needs.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
 */
function actionsOf(request: Request, url: URL): readonly string[] {
  const { method } = request;
  const isRead = method === "GET" || method === "HEAD";
  if (url.pathname.endsWith("/tags/list")) return ["ecr:ListImages"];
  if (url.pathname.includes("/referrers/")) return ["ecr:ListImageReferrers"];
  if (url.pathname.includes("/manifests/")) {
    if (isRead) return ["ecr:BatchGetImage"];
    return [method === "DELETE" ? "ecr:BatchDeleteImage" : "ecr:PutImage"];
  }
  if (!url.pathname.includes("/blobs/uploads/")) {
    return [method === "HEAD" ? "ecr:BatchCheckLayerAvailability" : "ecr:GetDownloadUrlForLayer"];
  }
  if (method === "PUT") return ["ecr:UploadLayerPart", "ecr:CompleteLayerUpload"];
  return [method === "POST" ? "ecr:InitiateLayerUpload" : "ecr:UploadLayerPart"];
}

function denied(message: string): Refusal {
  return new Refusal(jsonResponse(403, { errors: [{ code: "DENIED", message }] }));
}
