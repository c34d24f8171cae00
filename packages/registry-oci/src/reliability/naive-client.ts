import { type Digest, manifestMediaTypes, mediaTypes } from "@bayplan/core";
import type { FetchLike } from "@bayplan/runtime";

/** The operations that a fault can meet, as both clients of the matrix have them. */
export interface MatrixClient {
  /** The digest that the tag shows; `undefined`: it does not exist. */
  digest(): Promise<string | undefined>;
  /** Digest and bytes of what the tag shows; `undefined`: it does not exist. */
  manifest(): Promise<{ readonly digest: string | undefined; readonly bytes: Uint8Array } | undefined>;
  tags(): Promise<readonly string[]>;
  blob(digest: Digest): Promise<Uint8Array>;
  putBlob(bytes: Uint8Array, digest: Digest): Promise<void>;
  /** Writes a new tag on the manifest. */
  tag(digest: Digest, name: string): Promise<void>;
}

type Answer = Awaited<ReturnType<typeof globalThis.fetch>>;

/** Where a {@link createNaiveClient} works. */
interface NaiveOptions {
  readonly origin: string;
  readonly repository: string;
  readonly tag: string;
  readonly credentials: { readonly username: string; readonly password: string };
  readonly fetch: FetchLike;
  readonly signal: AbortSignal;
}

/**
 * What most scripts do with plain `fetch`: `ok` is taken for there, anything else for not there; the digest is what the
 * header says; pages are followed wherever they lead; a token is asked for once.
 */
export function createNaiveClient(options: NaiveOptions): MatrixClient {
  const base = `${options.origin}/v2/${options.repository}`;
  let authorization: string | undefined;

  async function once(method: string, url: string, init: Pick<RequestInit, "body" | "headers">): Promise<Answer> {
    const headers = { ...(init.headers as Record<string, string>), ...(authorization && { authorization }) };
    const given = { ...init, method, headers, signal: options.signal };
    // The redirects of plain `fetch` are its own business; the type is that of what a bench puts in its place.
    return (await options.fetch(url, given as unknown as Parameters<FetchLike>[1])) as unknown as Answer;
  }

  async function send(method: string, url: string, init: Pick<RequestInit, "body" | "headers"> = {}): Promise<Answer> {
    const answer = await once(method, url, init);
    const challenge = answer.headers.get("www-authenticate");
    if (answer.status !== 401 || challenge === null || authorization !== undefined) return answer;
    await answer.arrayBuffer();
    authorization = await authorize(challenge);
    return once(method, url, init);
  }

  async function authorize(challenge: string): Promise<string> {
    const { username, password } = options.credentials;
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const realm = /^Bearer realm="([^"]*)"/.exec(challenge)?.[1];
    if (realm === undefined) return basic;
    const url = new URL(realm);
    for (const name of ["service", "scope"]) {
      const value = new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const answer = await globalThis.fetch(url, { headers: { authorization: basic }, signal: options.signal });
    return `Bearer ${((await answer.json()) as { token: string }).token}`;
  }

  async function fetchManifest(target: string): Promise<Answer> {
    return send("GET", `${base}/manifests/${target}`, { headers: { accept: manifestMediaTypes.join(", ") } });
  }

  return {
    async digest() {
      const headers = { accept: manifestMediaTypes.join(", ") };
      const answer = await send("HEAD", `${base}/manifests/${options.tag}`, { headers });
      return answer.ok ? (answer.headers.get("docker-content-digest") ?? "no digest") : undefined;
    },
    async manifest() {
      const answer = await fetchManifest(options.tag);
      if (!answer.ok) return undefined;
      const digest = answer.headers.get("docker-content-digest") ?? "no digest";
      return { digest, bytes: new Uint8Array(await answer.arrayBuffer()) };
    },
    async tags() {
      const all: string[] = [];
      let next: string | undefined = `${base}/tags/list`;
      while (next !== undefined) {
        const answer: Answer = await send("GET", next);
        for (const tag of ((await answer.json()) as { tags: string[] }).tags) all.push(tag);
        const link = /<([^>]+)>; ?rel="?next"?/.exec(answer.headers.get("link") ?? "")?.[1];
        next = link === undefined ? undefined : new URL(link, next).href;
      }
      return all;
    },
    async blob(digest) {
      const answer = await send("GET", `${base}/blobs/${digest}`);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      return new Uint8Array(await answer.arrayBuffer());
    },
    async putBlob(bytes, digest) {
      const started = await send("POST", `${base}/blobs/uploads/`);
      if (!started.ok) throw new Error(`HTTP ${started.status}`);
      const url = new URL(started.headers.get("location") ?? "", options.origin);
      url.searchParams.set("digest", digest);
      const stored = await send("PUT", url.href, { body: new Uint8Array(bytes) });
      if (!stored.ok) throw new Error(`HTTP ${stored.status}`);
    },
    async tag(digest, name) {
      const manifest = await fetchManifest(digest);
      if (!manifest.ok) throw new Error(`HTTP ${manifest.status}`);
      const headers = { "content-type": manifest.headers.get("content-type") ?? mediaTypes.ociManifest };
      const body = new Uint8Array(await manifest.arrayBuffer());
      const stored = await send("PUT", `${base}/manifests/${name}`, { headers, body });
      if (!stored.ok) throw new Error(`HTTP ${stored.status}`);
    },
  };
}
