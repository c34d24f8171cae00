import { type Digest, isIndexMediaType } from "@bayplan/core";
import { jsonResponse, Refusal } from "../registry/refusal.ts";
import { type DockerHubIdentity, mayUse } from "./docker-hub-accounts.ts";
import { anonymousSource, type DockerHubContext, lockedMessage } from "./docker-hub-registry-api.ts";

const lifetimeMs = 600_000;
const yearMs = 365 * 86_400_000;
const maxPageSize = 100;

/** Answers `https://hub.docker.com/v2/`, as far as tags go. */
export function createDockerHubApi(context: DockerHubContext) {
  const { accounts, repositories, limits, nowMs, has } = context;
  const issued = new Map<string, { readonly identity: DockerHubIdentity; readonly expiresMs: number }>();

  async function logIn(request: Request): Promise<Response> {
    const { identifier, secret } = (await request.json()) as { identifier?: unknown; secret?: unknown };
    const login = accounts.logIn(String(identifier), String(secret));
    if (login.state === "locked") throw problem(429, { detail: lockedMessage });
    if (login.state === "wrong") throw problem(401, { detail: "incorrect authentication credentials" });
    const issuedMs = nowMs();
    const iat = Math.floor(issuedMs / 1000);
    const claims = { sub: login.identity.name, iat, exp: iat + lifetimeMs / 1000, jti: String(issued.size) };
    const access_token = `${encode({ alg: "none", typ: "JWT" })}.${encode(claims)}.simulated`;
    issued.set(access_token, { identity: login.identity, expiresMs: issuedMs + lifetimeMs });
    return jsonResponse(200, { access_token });
  }

  function identityOf(request: Request): DockerHubIdentity | undefined {
    const header = request.headers.get("authorization");
    if (header === null) return undefined;
    const known = issued.get(/^(?:Bearer|JWT) (.+)$/i.exec(header)?.[1] ?? "");
    if (known !== undefined && known.expiresMs > nowMs()) return known.identity;
    throw problem(401, { detail: "Invalid or expired token" });
  }

  function listed(name: string): readonly ListedTag[] {
    const contents = repositories.catalog.repository(name);
    const tags = [...(contents?.tags ?? [])].flatMap(([tag, digest]) => {
      const { pushedMs = 0, pulledMs, before } = repositories.times(name, tag) ?? {};
      const now = { tag, digest, pushedMs, ...(pulledMs === undefined ? {} : { pulledMs }) };
      if (!has("dockerhub-stale-tags")) return [now];
      return before === undefined ? [] : [{ ...now, ...before }];
    });
    return tags.sort((left, right) => right.pushedMs - left.pushedMs || (left.tag < right.tag ? 1 : -1));
  }

  function document(name: string, { tag, digest, pushedMs, pulledMs }: ListedTag): object {
    const mediaType = repositories.catalog.repository(name)?.manifests.get(digest)?.mediaType ?? "";
    const isOld = has("dockerhub-old-tags-without-digest") && nowMs() - pushedMs > yearMs;
    const pushed = new Date(pushedMs).toISOString();
    const pulled = pulledMs === undefined ? null : new Date(pulledMs).toISOString();
    return {
      id: 1,
      creator: 1,
      repository: 1,
      name: tag,
      // Of the layers, not of the manifest.
      full_size: 123_456,
      images: isIndexMediaType(mediaType)
        ? []
        : [{ architecture: "amd64", os: "linux", size: 123_456, status: "active" }],
      last_updated: pushed,
      tag_status: "active",
      tag_last_pushed: pushed,
      tag_last_pulled: pulled,
      v2: true,
      media_type: mediaType,
      content_type: "image",
      ...(isOld ? {} : { digest }),
    };
  }

  function list(url: URL, name: string): Response {
    const tags = listed(name);
    const size = Math.min(maxPageSize, Number(url.searchParams.get("page_size") ?? 10));
    const page = Number(url.searchParams.get("page") ?? 1);
    const part = tags.slice((page - 1) * size, page * size);
    if (part.length === 0 && page > 1) throw problem(404, { message: "object not found", errinfo: {} });
    const link = (number: number): string => `${url.origin}${url.pathname}?page=${number}&page_size=${size}`;
    return jsonResponse(200, {
      count: tags.length,
      next: page * size < tags.length ? link(page + 1) : null,
      previous: page > 1 ? link(page - 1) : null,
      results: part.map((tag) => document(name, tag)),
    });
  }

  async function deleteTag(identity: DockerHubIdentity | undefined, name: string, tag: string): Promise<Response> {
    if (identity === undefined) throw problem(401, { detail: "Authentication credentials were not provided." });
    if (identity.secret === "personal-access-token" && has("dockerhub-pat-refused")) {
      throw problem(403, { detail: "access to the resource is forbidden with personal access token" });
    }
    if (!mayUse(identity, name, { scope: "delete", isPrivate: true }) || name.startsWith("library/")) {
      throw problem(403, { detail: "You do not have permission to perform this action." });
    }
    if (repositories.catalog.repository(name)?.tags.has(tag) !== true) {
      throw problem(404, { message: "object not found", errinfo: {} });
    }
    await repositories.catalog.deleteTag(name, tag);
    return new Response(null, { status: 204 });
  }

  async function route(request: Request, identity: DockerHubIdentity | undefined): Promise<Response> {
    const url = new URL(request.url);
    const documented = /^\/v2\/namespaces\/([^/]+)\/repositories\/([^/]+)\/tags(?:\/([^/]+))?\/?$/.exec(url.pathname);
    const older = /^\/v2\/repositories\/([^/]+)\/([^/]+)\/tags(?:\/([^/]+))?\/?$/.exec(url.pathname);
    const [, namespace, repository, tag] = documented ?? older ?? [];
    if (namespace === undefined || repository === undefined) throw problem(404, { message: "404 page not found" });
    const name = `${namespace}/${repository}`;
    if (!accounts.has(namespace) && has("dockerhub-missing-namespace-is-empty") && tag === undefined) {
      return jsonResponse(200, { count: 0, next: null, previous: null, results: [] });
    }
    const isPrivate = repositories.isPrivate(name);
    if (!repositories.exists(name) || !mayUse(identity, name, { scope: "read", isPrivate })) {
      throw problem(404, { message: "object not found", errinfo: {} });
    }
    const { method } = request;
    // The reference has GET and HEAD below `namespaces`; deletion is only known from the older addresses.
    if (method === "DELETE" && older !== null && tag !== undefined) return await deleteTag(identity, name, tag);
    if (method !== "GET" && method !== "HEAD") throw problem(405, { detail: `Method "${method}" not allowed.` });
    if (tag === undefined) return list(url, name);
    const found = listed(name).find((one) => one.tag === tag);
    if (found === undefined) throw problem(404, { message: "object not found", errinfo: {} });
    return jsonResponse(200, document(name, found));
  }

  return async function answerApi(request: Request, identify: (user: string) => void): Promise<Response> {
    const { pathname } = new URL(request.url);
    const isLogin = pathname === "/v2/auth/token" && request.method === "POST";
    const identity = isLogin ? undefined : identityOf(request);
    if (identity !== undefined) identify(identity.name);
    const headers = limits.countApi(identity?.name ?? anonymousSource);
    const response = isLogin ? await logIn(request) : await route(request, identity);
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  };
}

interface ListedTag {
  readonly tag: string;
  readonly digest: Digest;
  readonly pushedMs: number;
  readonly pulledMs?: number;
}

function problem(status: number, body: object): Refusal {
  return new Refusal(jsonResponse(status, body));
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
