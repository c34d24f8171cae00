import {
  BayplanError,
  type CallOptions,
  digestOf,
  digestReference,
  formatReference,
  manifestMediaTypes,
  matchesDigest,
  type Reference,
  type RegistryAdapter,
  type RepositoryName,
  referenceTarget,
  type StoredBytes,
  tagReference,
  throwIfCancelled,
} from "@bayplan/core";

/** The least that fulfils the registry port: no retries, no authentication. The contract's own tests run on it. */
export function createPlainAdapter(fetch: (request: Request) => Promise<Response>, host: string): RegistryAdapter {
  async function send(name: RepositoryName, path: string, init: RequestInit & CallOptions = {}): Promise<Response> {
    check(name, init);
    const url = new URL(path.startsWith("/v2/") ? path : `/v2/${name.repository}/${path}`, `http://${host}`);
    return fetch(new Request(url, init));
  }

  function check(name: RepositoryName, options: CallOptions = {}): void {
    throwIfCancelled(options.signal);
    if (name.registry !== host) throw new BayplanError("NOT_ALLOWED", `${name.registry} is another registry.`);
  }

  async function fetchManifest(reference: Reference, options: CallOptions = {}): Promise<StoredBytes | undefined> {
    const headers = { accept: manifestMediaTypes.join(",") };
    const response = await send(reference, `manifests/${referenceTarget(reference)}`, { ...options, headers });
    if (response.status === 404) return undefined;
    const bytes = new Uint8Array(await response.arrayBuffer());
    const mediaType = response.headers.get("content-type") ?? "";
    return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
  }

  async function put(name: RepositoryName, target: string, stored: StoredBytes, options: CallOptions): Promise<void> {
    const headers = { "content-type": stored.descriptor.mediaType };
    const init = { ...options, method: "PUT", headers, body: stored.bytes };
    const { status } = await send(name, `manifests/${target}`, init);
    if (status !== 201) throw new BayplanError("UNAVAILABLE", `The registry answered ${status}.`);
  }

  const adapter: RegistryAdapter = {
    id: "plain",
    hosts: [host],
    fetchManifest,
    async resolve(reference, options) {
      const stored = await fetchManifest(reference, options);
      return stored === undefined ? { state: "absent" } : { state: "present", descriptor: stored.descriptor };
    },
    async *resolveMany(references, options = {}) {
      for (const reference of references) check(reference, options);
      const wanted = new Map(references.map((reference) => [formatReference(reference), reference]));
      for (const reference of wanted.values()) yield [reference, await adapter.resolve(reference, options)];
    },
    async *fetchBlob(reference, options = {}) {
      const response = await send(reference, `blobs/${reference.digest}`, { ...options });
      if (response.status === 404) throw new BayplanError("NOT_FOUND", "There is no such blob.");
      yield new Uint8Array(await response.arrayBuffer());
    },
    async putManifest(name, stored, options = {}) {
      check(name, options);
      if (!matchesDigest(stored.bytes, stored.descriptor.digest)) throw mismatch();
      await put(name, stored.descriptor.digest, stored, options);
    },
    async putBlob(name, descriptor, content, options = {}) {
      check(name, options);
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      if (!matchesDigest(body, descriptor.digest)) throw mismatch();
      await send(name, `blobs/uploads/?digest=${descriptor.digest}`, { ...options, method: "POST", body });
    },
    async *listTags(name, options = {}) {
      for (let path: string | undefined = "tags/list"; path !== undefined; ) {
        const response: Response = await send(name, path, { ...options });
        if (response.status === 404) throw new BayplanError("NOT_FOUND", "There is no such repository.");
        const { tags } = (await response.json()) as { tags: readonly string[] };
        for (const tag of tags) {
          throwIfCancelled(options.signal);
          yield tag;
        }
        path = /<([^>]+)>/.exec(response.headers.get("link") ?? "")?.[1];
      }
    },
    async tag(target, tag, expected, options = {}) {
      const stored = await fetchManifest(digestReference(target, target.digest), options);
      if (stored === undefined) throw new BayplanError("NOT_FOUND", "There is nothing to tag.");
      const now = (await fetchManifest(tagReference(target, tag), options))?.descriptor.digest;
      const previous = now === undefined ? { absent: true as const } : { digest: now };
      if (now === target.digest) return { guarantee: "checked", previous, changed: false };
      const wanted = "digest" in expected ? expected.digest : undefined;
      if (now !== wanted) throw new BayplanError("TAG_MOVED", "The tag names something else.");
      await put(target, tag, stored, options);
      return { guarantee: "checked", previous, changed: true };
    },
  };
  return adapter;
}

function mismatch(): BayplanError {
  return new BayplanError("DIGEST_MISMATCH", "The content is not the descriptor's.");
}
