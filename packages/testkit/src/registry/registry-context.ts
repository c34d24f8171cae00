import { type Digest, isDigest } from "@bayplan/core";
import type { Catalog } from "./catalog.ts";
import type { RepositoryContents } from "./content-store.ts";
import { refusal } from "./refusal.ts";
import type { UploadSessions } from "./upload-sessions.ts";

/** What every endpoint of the embedded registry works with. */
export interface RegistryContext {
  readonly catalog: Catalog;
  readonly uploads: UploadSessions;
  readonly pageSize: number;
  readonly isImmutable: (repository: string, tag: string) => boolean;
}

/** One request, taken apart by the router. */
export interface RegistryCall {
  readonly request: Request;
  readonly url: URL;
  readonly repository: string;
  /** Tag, digest or upload id: what stands last in the path. */
  readonly target: string;
}

/** The repository's contents, or 404 `NAME_UNKNOWN`. */
export function existing(context: RegistryContext, name: string): RepositoryContents {
  const contents = context.catalog.repository(name);
  if (contents !== undefined) return contents;
  throw refusal(404, { code: "NAME_UNKNOWN", message: "repository name not known to registry", detail: { name } });
}

/** The text as a digest, or 400 `DIGEST_INVALID`. */
export function digestOrRefuse(text: string | null): Digest {
  if (text !== null && isDigest(text)) return text;
  throw refusal(400, { code: "DIGEST_INVALID", message: "provided digest is not a supported digest" });
}

/** The whole body of a request. */
export async function bodyOf(request: Request): Promise<Uint8Array> {
  return new Uint8Array(await request.arrayBuffer());
}
