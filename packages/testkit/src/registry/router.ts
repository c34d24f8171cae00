import { parseRepository } from "@bayplan/core";
import { deleteBlob, getBlob } from "./blobs.ts";
import { deleteManifest, getManifest, putManifest } from "./manifests.ts";
import { listReferrers } from "./referrers.ts";
import { refusal } from "./refusal.ts";
import type { RegistryCall, RegistryContext } from "./registry-context.ts";
import { listRepositories } from "./repositories.ts";
import { listTags } from "./tags.ts";
import { appendChunk, cancelUpload, finishUpload, startUpload, uploadStatus } from "./uploads.ts";

type Endpoint = (context: RegistryContext, call: RegistryCall) => Promise<Response>;

interface Route {
  readonly pattern: RegExp;
  readonly methods: Readonly<Record<string, Endpoint>>;
}

// The first that matches wins: an upload is not a blob called "uploads".
const routes: readonly Route[] = [
  { pattern: /^\/v2\/_catalog$/, methods: { GET: listRepositories } },
  { pattern: /^\/v2\/(.+)\/blobs\/uploads\/()$/, methods: { POST: startUpload } },
  {
    pattern: /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/,
    methods: { GET: uploadStatus, PATCH: appendChunk, PUT: finishUpload, DELETE: cancelUpload },
  },
  { pattern: /^\/v2\/(.+)\/blobs\/([^/]+)$/, methods: { GET: getBlob, HEAD: getBlob, DELETE: deleteBlob } },
  {
    pattern: /^\/v2\/(.+)\/manifests\/([^/]+)$/,
    methods: { GET: getManifest, HEAD: getManifest, PUT: putManifest, DELETE: deleteManifest },
  },
  { pattern: /^\/v2\/(.+)\/tags\/(list)$/, methods: { GET: listTags } },
  { pattern: /^\/v2\/(.+)\/referrers\/([^/]+)$/, methods: { GET: listReferrers } },
];

/** The endpoint of a request and what stands in its path; `undefined` when no endpoint is there. */
export interface MatchedRoute {
  readonly call: RegistryCall;
  /** Refuses 400 `NAME_INVALID` and 405 before it does anything. */
  readonly run: (context: RegistryContext) => Promise<Response>;
}

/** Finds the endpoint. The list of repositories belongs to none: its `repository` is empty. */
export function matchRoute(request: Request, url: URL): MatchedRoute | undefined {
  for (const { pattern, methods } of routes) {
    const [matched, repository = "", target = ""] = pattern.exec(url.pathname) ?? [];
    if (matched === undefined) continue;
    const call = { request, url, repository, target: decoded(target) };
    return {
      call,
      run: async (context) => {
        if (repository !== "" && context.catalog.repository(repository) === undefined) checkName(repository);
        const endpoint = methods[request.method];
        if (endpoint !== undefined) return endpoint(context, call);
        const allow = Object.keys(methods).join(", ");
        throw refusal(405, { code: "UNSUPPORTED", message: "the operation is unsupported" }, { allow });
      },
    };
  }
  return undefined;
}

function decoded(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    // Stays as it is, and is then refused as a tag or digest.
    return target;
  }
}

function checkName(repository: string): void {
  try {
    parseRepository(`registry.test/${repository}`);
  } catch {
    throw refusal(400, { code: "NAME_INVALID", message: "invalid repository name" });
  }
}
