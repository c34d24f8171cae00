import { randomUUID } from "node:crypto";
import { isDigest } from "@bayplan/core";
import { withHeaderLines } from "../header-lines.ts";
import { type AccessScope, covers, formatScope, parseScopes, requiredScope } from "../registry/access-scope.ts";
import { jsonResponse, Refusal, refusal } from "../registry/refusal.ts";
import { type MatchedRoute, matchRoute } from "../registry/router.ts";
import { createUploadSessions } from "../registry/upload-sessions.ts";
import { type DockerHubAccounts, type DockerHubIdentity, mayUse } from "./docker-hub-accounts.ts";
import { type DockerHubLimits, tooManyRequests } from "./docker-hub-limits.ts";
import type { DockerHubQuirk } from "./docker-hub-quirk.ts";
import type { DockerHubRepositories } from "./docker-hub-repositories.ts";

/** What both sides of a simulated Docker Hub work with. */
export interface DockerHubContext {
  readonly accounts: DockerHubAccounts;
  readonly repositories: DockerHubRepositories;
  readonly limits: DockerHubLimits;
  readonly pageSize: number;
  readonly nowMs: () => number;
  readonly has: (quirk: DockerHubQuirk) => boolean;
}

/** Answers below `/v2/` of the registry, and the token endpoint. */
export interface DockerHubRegistryApi {
  giveToken(request: Request, identify: (user: string) => void): Response;
  answer(request: Request, identify: (user: string) => void): Promise<Response>;
}

interface IssuedToken {
  readonly identity: DockerHubIdentity | undefined;
  readonly scope: AccessScope;
  readonly validFromMs: number;
  readonly expiresMs: number;
}

/** Where everybody without an account comes from. */
export const anonymousSource = "203.0.113.7";

const lifetimeMs = 300_000;
const service = "registry.docker.io";

/** The registry behind Docker Hub's tokens: those who may not see a repository are told the same as of one that is missing. */
export function createDockerHubRegistryApi(context: DockerHubContext): DockerHubRegistryApi {
  const { accounts, repositories, limits, nowMs, has } = context;
  const tokens = new Map<string, IssuedToken>();
  const uploads = createUploadSessions();

  function challenge(scope: AccessScope, error?: string): Refusal {
    const asked = scope.size === 0 ? "" : `,scope="${formatScope(scope)}"`;
    const why = error === undefined ? "" : `,error="${error}"`;
    const header = `Bearer realm="https://auth.docker.io/token",service="${service}"${asked}${why}`;
    const document = { code: "UNAUTHORIZED", message: "authentication required" } as const;
    return refusal(401, document, { "www-authenticate": header });
  }

  /** What of the wanted the identity gets: less than that is no error, and what does not exist is as good as closed. */
  function granted(identity: DockerHubIdentity | undefined, wanted: AccessScope): AccessScope {
    const scopes = [...wanted].map(([name, actions]) => {
      const isPrivate = repositories.isPrivate(name);
      const mayPush = mayUse(identity, name, { scope: "write", isPrivate }) && !name.startsWith("library/");
      const isThere = repositories.exists(name) || (mayPush && actions.has("push")) || !has("dockerhub-missing-is-401");
      const allowed = [...actions].filter((action) => {
        if (action === "push") return mayPush;
        return isThere && mayUse(identity, name, { scope: action === "pull" ? "read" : "delete", isPrivate });
      });
      return [name, new Set(allowed)] as const;
    });
    return new Map(scopes);
  }

  async function run(matched: MatchedRoute, request: Request, source: string): Promise<Response> {
    const { repository, target } = matched.call;
    const isManifest = new URL(request.url).pathname.includes("/manifests/");
    if (isManifest && request.method === "DELETE") await checkDeletion(repository, target);
    const isPull = isManifest && request.method === "GET";
    if (isPull) limits.checkPull(source);
    const isReferrers = new URL(request.url).pathname.includes("/referrers/");
    if (isReferrers && has("dockerhub-no-referrers")) return new Response("404 page not found\n", { status: 404 });
    const response = await matched.run({
      catalog: repositories.catalog,
      uploads,
      pageSize: context.pageSize,
      isImmutable: () => false,
    });
    if (has("dockerhub-no-referrers")) withHeaderLines(response, { "oci-subject": [] });
    if (!isManifest || !response.ok) return response;
    if (isPull) {
      limits.countPull(source);
      repositories.notePull(repository, target);
    }
    const isRead = isPull || request.method === "HEAD";
    for (const [name, value] of Object.entries(isRead ? limits.pullHeaders(source) : {}))
      response.headers.set(name, value);
    return response;
  }

  async function checkDeletion(repository: string, target: string): Promise<void> {
    if (!isDigest(target) || has("dockerhub-delete-405")) {
      throw refusal(405, { code: "UNSUPPORTED", message: "The operation is unsupported." });
    }
    if (!(await repositories.isReferenced(repository, target))) return;
    const message = "requested access to the resource is denied";
    throw new Refusal(jsonResponse(403, { errors: [{ code: "DENIED", message }] }));
  }

  return {
    giveToken(request, identify) {
      const query = new URL(request.url).searchParams;
      if (request.method !== "GET") return new Response("", { status: 405 });
      const [, encoded] = /^Basic (.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
      let identity: DockerHubIdentity | undefined;
      if (encoded !== undefined) {
        const [name = "", ...secret] = Buffer.from(encoded, "base64").toString("utf8").split(":");
        const login = accounts.logIn(name, secret.join(":"));
        if (login.state === "locked") throw tooManyRequests(lockedMessage, false);
        if (login.state === "wrong")
          throw new Refusal(jsonResponse(401, { details: "incorrect username or password" }));
        identity = login.identity;
        identify(identity.name);
      }
      if (query.get("service") !== service) throw new Refusal(jsonResponse(400, { details: "unknown service" }));
      const scope = granted(identity, parseScopes(query.getAll("scope"), ["pull", "push", "delete"]));
      const token = randomUUID();
      const issuedMs = nowMs();
      const validFromMs = issuedMs + (has("dockerhub-fresh-token-invalid") ? 1_000 : 0);
      tokens.set(token, { identity, scope, validFromMs, expiresMs: issuedMs + lifetimeMs });
      const expires = { expires_in: lifetimeMs / 1000, issued_at: new Date(issuedMs).toISOString() };
      return jsonResponse(200, { token, access_token: token, ...expires });
    },
    async answer(request, identify) {
      const url = new URL(request.url);
      const [, bearer] = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
      const token = bearer === undefined ? undefined : tokens.get(bearer);
      const source = token?.identity?.name ?? anonymousSource;
      limits.countRequest(source);
      // Docker Hub does not say that it writes several tags at once.
      url.searchParams.delete("tag");
      const matched = matchRoute(request, url);
      const isPing = url.pathname === "/v2/";
      if (matched === undefined && !isPing) return new Response("404 page not found\n", { status: 404 });
      const name = matched?.call.repository ?? "";
      const required: AccessScope = name === "" ? new Map() : requiredScope(request, name);
      if (bearer === undefined) throw challenge(required);
      if (token === undefined || token.expiresMs <= nowMs() || token.validFromMs > nowMs()) {
        throw challenge(required, "invalid_token");
      }
      if (token.identity !== undefined) identify(token.identity.name);
      if (matched === undefined) return jsonResponse(200, {});
      if (name === "" || !covers(token.scope, required)) throw challenge(required, "insufficient_scope");
      return await run(matched, request, source);
    },
  };
}

/** What is said while an account is locked. */
export const lockedMessage = "too many failed login attempts for username or IP address";
