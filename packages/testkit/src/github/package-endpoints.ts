import { instantFromMs } from "@bayplan/core";
import { gitHubJson, gitHubRefusal } from "./github-answer.ts";
import type { PackageStore, SimulatedPackageVersion } from "./package-store.ts";
import { allowsAction, hasRole, type PackageAction, type SimulatedPackageToken } from "./package-token.ts";
import { cutPage } from "./page.ts";
import { type GitHubAddresses, idOf, userDocument } from "./repository-document.ts";

/** One request below `/orgs`, `/users` or `/user`. */
export interface PackagesCall {
  readonly request: Request;
  readonly url: URL;
  readonly path: string;
  readonly at: GitHubAddresses;
  readonly token: SimulatedPackageToken;
  readonly store: PackageStore;
  readonly ownerOf: (login: string) => readonly [string, "Organization" | "User"] | undefined;
  readonly isPublic: (name: string) => boolean;
}

interface VersionsCall extends PackagesCall {
  /** `owner/name`, lower case. */
  readonly name: string;
}

const maxDownloads = 5000;

/** Whether a path belongs to packages and accounts. */
export function isPackagesPath(path: string): boolean {
  return /^\/(?:user|(?:users|orgs)\/[^/]+)(?:\/packages\/.*)?$/.test(path);
}

/** Answers it as GitHub does; what is hidden is 404. */
export async function answerPackages(call: PackagesCall): Promise<Response> {
  const { path, request, token } = call;
  const [, kind = "", login = "", name, rest = ""] =
    /^\/(user|users|orgs)(?:\/([^/]+))?(?:\/packages\/container\/([^/]+)(\/.*)?)?$/.exec(path) ?? [];
  if (kind === "") throw gitHubRefusal(404, "Not Found");
  const owner = kind === "user" ? ownLogin(token) : login;
  const [ownerName, type] = call.ownerOf(owner) ?? [];
  if (name === undefined) {
    if (ownerName === undefined) throw gitHubRefusal(404, "Not Found");
    return gitHubJson(200, { ...userDocument(ownerName, call.at), type });
  }
  const isRightKind = type === (kind === "orgs" ? "Organization" : "User");
  const full = `${owner}/${decodeURIComponent(name)}`.toLowerCase();
  const own = { ...call, name: full };
  const [, id, isRestore] = /^\/versions\/(\d+)(\/restore)?$/.exec(rest) ?? [];
  const action: PackageAction = request.method === "DELETE" ? "delete" : request.method === "POST" ? "restore" : "read";
  demandScope(own, action);
  const isShown = call.store.exists(full) && (call.isPublic(full) || hasRole(token, full, "read"));
  if (!isRightKind || !isShown) throw gitHubRefusal(404, "Package not found.");
  if (request.method === "GET" && rest === "") return gitHubJson(200, packageDocument(own));
  if (request.method === "GET" && rest === "/versions") return listVersions(own);
  if (request.method === "GET" && id !== undefined && isRestore === undefined) {
    return gitHubJson(200, versionDocument(own, find(own, call.store.versions(full), id)));
  }
  if (request.method === "DELETE" && id !== undefined && isRestore === undefined) return await removeVersion(own, id);
  if (request.method === "POST" && isRestore !== undefined) {
    demandRole(own, "restore");
    const version = find(own, call.store.deleted(full), id ?? "");
    await call.store.restore(full, version);
    return new Response(null, { status: 204 });
  }
  throw gitHubRefusal(404, "Not Found");
}

function listVersions(call: VersionsCall): Response {
  const { store, name, url, path } = call;
  // For packages of other users, GitHub knows no such parameter.
  const wantsDeleted = url.searchParams.get("state") === "deleted" && !path.startsWith("/users/");
  if (wantsDeleted) demandRole(call, "restore");
  const page = cutPage(wantsDeleted ? store.deleted(name) : store.listed(name), url);
  return gitHubJson(
    200,
    page.items.map((version) => versionDocument(call, version)),
    page.headers,
  );
}

async function removeVersion(call: VersionsCall, id: string): Promise<Response> {
  const { store, name } = call;
  demandRole(call, "delete");
  const versions = store.versions(name);
  const version = find(call, versions, id);
  if (call.isPublic(name) && version.downloads > maxDownloads) {
    const text = `Publicly visible package versions with more than ${maxDownloads} downloads cannot be deleted.`;
    throw gitHubRefusal(400, `${text} Contact GitHub support for further assistance.`);
  }
  const tagged = versions.filter(({ tags }) => tags.length > 0);
  if (version.tags.length > 0 && tagged.length === 1) {
    const text = "You cannot delete the last tagged version of a package. You must delete the package instead.";
    throw gitHubRefusal(400, text);
  }
  await store.remove(name, version);
  return new Response(null, { status: 204 });
}

function find(
  { name }: VersionsCall,
  versions: readonly SimulatedPackageVersion[],
  id: string,
): SimulatedPackageVersion {
  const version = versions.find((one) => String(one.id) === id);
  if (version === undefined) throw gitHubRefusal(404, name === "" ? "Not Found" : "Package version not found.");
  return version;
}

function ownLogin(token: SimulatedPackageToken): string {
  if (token.kind === "workflow") throw gitHubRefusal(403, "Resource not accessible by integration");
  return token.login;
}

function demandScope({ token, request }: VersionsCall, action: PackageAction): void {
  if (allowsAction(token, action)) return;
  if (token.kind === "fine-grained") throw gitHubRefusal(403, "Resource not accessible by personal access token");
  if (token.kind === "workflow") throw gitHubRefusal(403, "Resource not accessible by integration");
  const scope = action === "read" || request.method === "GET" ? "read:packages" : scopeOf(action);
  const doing = action === "read" ? "get a package's versions" : `${action} a package version`;
  throw gitHubRefusal(403, `You need at least ${scope} scope to ${doing}.`);
}

function scopeOf(action: PackageAction): string {
  return action === "delete" ? "delete:packages" : "write:packages";
}

// A person without the role is told that there is no such package (vlaurin/action-ghcr-prune#64), a workflow is not.
function demandRole({ token, name }: VersionsCall, action: PackageAction): void {
  if (hasRole(token, name, action)) return;
  if (token.kind === "workflow") throw gitHubRefusal(403, "Resource not accessible by integration");
  throw gitHubRefusal(404, "Package not found.");
}

function packageDocument(call: VersionsCall): Record<string, unknown> {
  const { name, at, path, store } = call;
  const [owner = "", ...rest] = name.split("/");
  return {
    id: idOf(name),
    name: rest.join("/"),
    package_type: "container",
    owner: userDocument(owner, at),
    version_count: store.versions(name).length,
    visibility: call.isPublic(name) ? "public" : "private",
    url: `${at.api}${path}`,
    html_url: `${at.site}/${owner}/packages`,
  };
}

function versionDocument(call: VersionsCall, version: SimulatedPackageVersion): Record<string, unknown> {
  const { at, path, name } = call;
  const base = path.replace(/\/versions.*$/, "");
  return {
    id: version.id,
    name: version.digest,
    url: `${at.api}${base}/versions/${version.id}`,
    package_html_url: `${at.site}/${name.split("/")[0]}/packages`,
    created_at: instantFromMs(Math.floor(version.createdMs / 1000) * 1000),
    updated_at: instantFromMs(Math.floor(version.updatedMs / 1000) * 1000),
    html_url: `${at.site}/${name.split("/")[0]}/packages/${version.id}`,
    metadata: { package_type: "container", container: { tags: version.tags } },
  };
}
