import { randomUUID } from "node:crypto";
import { type Clock, instantToMs, isDigest } from "@bayplan/core";
import { rateLimited } from "../fault-answer.ts";
import { withHeaderLines } from "../header-lines.ts";
import { jsonResponse, Refusal } from "../registry/refusal.ts";
import { existing, type RegistryCall, type RegistryContext } from "../registry/registry-context.ts";
import { matchRoute } from "../registry/router.ts";
import { createUploadSessions } from "../registry/upload-sessions.ts";
import type { GhcrQuirk } from "./ghcr-quirk.ts";
import type { PackageStore } from "./package-store.ts";
import { allowsAction, hasRole, type SimulatedPackageToken } from "./package-token.ts";

/** What the registry side of a simulated GitHub works with. */
interface ContainerRegistryOptions {
  readonly store: PackageStore;
  readonly clock: Clock;
  readonly tokens: ReadonlyMap<string, SimulatedPackageToken>;
  readonly isPublic: (name: string) => boolean;
  readonly has: (quirk: GhcrQuirk) => boolean;
  /** Most tags on one page, whatever is asked for. */
  readonly pageSize: number;
}

/** GitHub's container registry, on whatever host it is asked. */
export interface ContainerRegistry {
  answer(request: Request, identify: (user: string) => void): Promise<Response>;
  /** Answers the next requests, or uploads and pushes only, with a rate limit. */
  limit(limit: RegistryLimit): void;
}

/** A rate limit that requests run into. */
export interface RegistryLimit {
  /** How many requests. Default 1. */
  readonly times?: number;
  /** `too-many-requests`: 429, for everything. `secondary`: 403, for what writes. Default `too-many-requests`. */
  readonly kind?: "too-many-requests" | "secondary";
  /** What a 429 asks to wait. Default 10.305464. */
  readonly delayMs?: number;
}

type Identity = SimulatedPackageToken | "anonymous";

const tokenLifetimeMs = 300_000;

/** The embedded registry behind GitHub's tokens, roles and habits. */
export function createContainerRegistry(options: ContainerRegistryOptions): ContainerRegistry {
  const { store, tokens, has, clock, isPublic } = options;
  const issued = new Map<string, { readonly identity: Identity; readonly expiresMs: number }>();
  const uploads = createUploadSessions();
  const limits: { kind: string; delayMs: number; left: number }[] = [];

  function identityOf(request: Request): Identity {
    const [, bearer] = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
    if (bearer === undefined) {
      if (request.headers.has("authorization")) throw denied("invalid token");
      throw challenge(request);
    }
    const known = issued.get(bearer);
    if (known !== undefined) {
      if (known.expiresMs > instantToMs(clock.now())) return known.identity;
      throw challenge(request);
    }
    const [text = ""] = [Buffer.from(bearer, "base64").toString("utf8")];
    const own = tokens.get(text) ?? tokens.get(text.slice(text.indexOf(":") + 1).trim());
    if (own !== undefined && has("ghcr-base64-bearer")) return own;
    throw denied("invalid token");
  }

  function challenge(request: Request): Refusal {
    const url = new URL(request.url);
    const name = /^\/v2\/(.+?)\/(?:manifests|blobs|tags|referrers)\//.exec(url.pathname)?.[1];
    const placeholder = has("ghcr-placeholder-scope") ? "user/image" : undefined;
    const asked = name ?? placeholder;
    const scope = asked === undefined ? "" : `,scope="repository:${asked}:pull"`;
    const value = `Bearer realm="${url.origin}/token",service="${url.host}"${scope}`;
    const error = { code: "UNAUTHORIZED", message: "authentication required" };
    return new Refusal(jsonResponse(401, { errors: [error] }, { "www-authenticate": value }));
  }

  function mayPull(identity: Identity, name: string): boolean {
    if (isPublic(name) && store.exists(name)) return true;
    return identity !== "anonymous" && allowsAction(identity, "read") && hasRole(identity, name, "read");
  }

  function demandPush(identity: Identity, name: string): void {
    if (identity === "anonymous") throw denied("denied");
    if (!allowsAction(identity, "write")) {
      throw denied("permission_denied: The token provided does not match expected scopes.");
    }
    if (hasRole(identity, name, "write")) return;
    throw denied(`permission_denied: ${store.exists(name) ? "write" : "create"}_package`);
  }

  function giveToken(request: Request, identify: (user: string) => void): Response {
    const [, encoded] = /^Basic (.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
    const text = Buffer.from(encoded ?? "", "base64").toString("utf8");
    const identity = encoded === undefined ? "anonymous" : tokens.get(text.slice(text.indexOf(":") + 1));
    if (identity === undefined) throw refusedToken();
    if (identity !== "anonymous") identify(loginOf(identity));
    for (const scope of new URL(request.url).searchParams.getAll("scope").flatMap((one) => one.split(" "))) {
      const [, name, actions = ""] = /^repository:(.+):([a-z,*]+)$/.exec(scope) ?? [];
      if (name === undefined) continue;
      if (actions !== "pull" && !mayPush(identity, name)) throw refusedToken();
      if (actions === "pull" && !mayPull(identity, name)) throw refusedToken();
    }
    const token = Buffer.from(`v1:${randomUUID()}`).toString("base64");
    issued.set(token, { identity, expiresMs: instantToMs(clock.now()) + tokenLifetimeMs });
    return jsonResponse(200, { token });
  }

  function mayPush(identity: Identity, name: string): boolean {
    return identity !== "anonymous" && allowsAction(identity, "write") && hasRole(identity, name, "write");
  }

  // The same for what is closed and for what is not there.
  function refusedToken(): Refusal {
    if (!has("ghcr-token-refusal-401")) return denied("denied");
    const error = { code: "UNAUTHORIZED", message: "authentication required" };
    return new Refusal(jsonResponse(401, { errors: [error] }));
  }

  async function route(request: Request, identify: (user: string) => void): Promise<Response> {
    const url = new URL(request.url);
    const isRead = request.method === "GET" || request.method === "HEAD";
    const limit = limits.find(({ kind }) => kind === "too-many-requests" || !isRead);
    if (limit !== undefined) return limited(limit);
    if (url.pathname === "/token") return giveToken(request, identify);
    const identity = identityOf(request);
    if (identity !== "anonymous") identify(loginOf(identity));
    const matched = matchRoute(request, url);
    if (matched === undefined || matched.call.repository === "") {
      return url.pathname === "/v2/" ? jsonResponse(200, {}) : new Response("404 page not found\n", { status: 404 });
    }
    const { call } = matched;
    const name = call.repository;
    if (isRead && !mayPull(identity, name)) throw denied("denied");
    if (!isRead && request.method !== "DELETE") demandPush(identity, name);
    const [, kind = ""] = /\/(manifests|blobs\/uploads|blobs|tags|referrers)\/[^/]*$/.exec(url.pathname) ?? [];
    if (request.method === "DELETE") {
      const isKept = kind === "blobs/uploads" ? has("ghcr-upload-cancel-405") : has("ghcr-delete-405");
      if (isKept) throw unsupported();
      demandPush(identity, name);
    }
    if (kind === "referrers" && has("ghcr-no-referrers-api")) {
      return new Response("404 page not found\n", { status: 404, headers: { "content-type": "text/plain" } });
    }
    if (kind === "tags") return listTags(call);
    const response = await matched.run(contextOf());
    if (kind === "manifests" && request.method === "GET" && response.ok) {
      const shown = isDigest(call.target) ? call.target : store.catalog.repository(name)?.tags.get(call.target);
      if (shown !== undefined) store.pulled(name, shown);
    }
    return has("ghcr-subject-echo") ? response : withHeaderLines(response, { "oci-subject": [] });
  }

  function contextOf(): RegistryContext {
    return { catalog: store.catalog, uploads, pageSize: options.pageSize, isImmutable: () => false };
  }

  function listTags({ repository, url }: RegistryCall): Response {
    const { tags } = existing(contextOf(), repository);
    const names = [...tags.keys()];
    if (!has("ghcr-tags-oldest-first")) names.sort();
    const asked = Number(url.searchParams.get("n") ?? 100);
    const last = url.searchParams.get("last");
    const start = last === null ? 0 : names.indexOf(last) + 1;
    const page = names.slice(start, start + Math.min(asked, options.pageSize));
    const end = page.at(-1);
    const isLast = end === undefined || start + page.length >= names.length;
    const query = new URLSearchParams({ last: end ?? "", n: String(asked) });
    const link = isLast ? {} : { link: `<${url.pathname}?${query}>; rel="next"` };
    return jsonResponse(200, { name: repository, tags: page }, link);
  }

  function limited(limit: { kind: string; delayMs: number; left: number }): Response {
    limit.left -= 1;
    if (limit.left <= 0) limits.splice(limits.indexOf(limit), 1);
    if (limit.kind === "secondary") {
      const message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
      return jsonResponse(403, { errors: [{ code: "DENIED", message }] });
    }
    if (has("ghcr-429-delay-in-body")) return rateLimited(limit.delayMs);
    const error = { code: "TOOMANYREQUESTS", message: "too many requests" };
    return jsonResponse(429, { errors: [error] }, { "retry-after": String(Math.ceil(limit.delayMs / 1000)) });
  }

  return {
    answer: (request, identify) =>
      route(request, identify).catch((error: unknown) => {
        if (error instanceof Refusal) return error.response;
        throw error;
      }),
    limit: ({ times = 1, kind = "too-many-requests", delayMs = 10.305464 }) =>
      void limits.push({ kind, delayMs, left: times }),
  };
}

function loginOf(token: SimulatedPackageToken): string {
  return token.kind === "workflow" ? "github-actions[bot]" : token.login;
}

function denied(message: string): Refusal {
  return new Refusal(jsonResponse(403, { errors: [{ code: "DENIED", message }] }));
}

function unsupported(): Refusal {
  const error = { code: "UNSUPPORTED", message: "The operation is unsupported." };
  return new Refusal(jsonResponse(405, { errors: [error] }));
}
