import { type Digest, digestOf, mediaTypes, type StoredBytes } from "@bayplan/core";
import { createHttpClient, type HttpClient } from "@bayplan/runtime";
import { createVirtualClock, serve, type VirtualClock } from "@bayplan/testkit";
import { createOciRegistry, type OciRegistry, type OciRegistryOptions } from "../create-oci-registry.ts";

/** A request as a scripted registry saw it. */
export interface ScriptedRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly body: string;
}

/** Answers one request; `index` counts from 0. */
export type Script = (request: ScriptedRequest, index: number) => Response | Promise<Response>;

/** An adapter in front of a server on a real socket that answers by a script. */
interface ScriptedRegistry extends AsyncDisposable {
  readonly registry: OciRegistry;
  readonly host: string;
  readonly origin: string;
  readonly seen: readonly ScriptedRequest[];
  readonly clock: VirtualClock;
}

/** What {@link startScripted} may be told. */
type ScriptedOptions = Partial<OciRegistryOptions> & { readonly timeoutMs?: number };

/** Starts a {@link ScriptedRegistry}; waits cost no time. */
export async function startScripted(script: Script, options: ScriptedOptions = {}): Promise<ScriptedRegistry> {
  const { timeoutMs, ...registryOptions } = options;
  const seen: ScriptedRequest[] = [];
  const served = await serve(async (request) => {
    const { pathname, search } = new URL(request.url);
    const authorization = request.headers.get("authorization");
    const entry = { method: request.method, path: `${pathname}${search}`, authorization, body: await request.text() };
    seen.push(entry);
    return script(entry, seen.length - 1);
  });
  const clock = createVirtualClock({ auto: true });
  const http: HttpClient = createHttpClient({ clock, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  const registry = createOciRegistry({ hosts: [served.host], http, clock, ...registryOptions });
  return {
    registry,
    host: served.host,
    origin: served.origin,
    seen,
    clock,
    [Symbol.asyncDispose]: async () => {
      await http.close();
      await served.close();
    },
  };
}

/** A small image manifest. */
export function manifestOf(content: string): StoredBytes & { readonly headers: Record<string, string> } {
  const digest: Digest = digestOf(new TextEncoder().encode(content));
  const config = { mediaType: mediaTypes.ociConfig, digest, size: content.length };
  const document = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [] };
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  const descriptor = { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.byteLength };
  const headers = { "content-type": descriptor.mediaType, "docker-content-digest": descriptor.digest };
  return { descriptor, bytes, headers };
}

/** A registry's error document. */
export function ociError(status: number, code: string, message = code.toLowerCase()): Response {
  const body = JSON.stringify({ errors: [{ code, message }] });
  return new Response(body, { status, headers: { "content-type": "application/json" } });
}
