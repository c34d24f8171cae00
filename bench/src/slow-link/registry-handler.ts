import { createHash, randomUUID } from "node:crypto";
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

/** What the server was asked since it was last looked at. */
export interface RequestCounts {
  /** `/v2/`, however it was answered. */
  readonly pings: number;
  readonly tokens: number;
  /** HEAD and GET of manifests that were answered. */
  readonly manifests: number;
  /** Manifests that were refused for want of a token. */
  readonly refused: number;
}

/** A request of either protocol. */
export interface Asked {
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** An answer; after HEAD the body is not sent. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

const json = "application/json";
const mediaType = "application/vnd.oci.image.manifest.v1+json";
const lifetimeSeconds = 300;
const nothing = { pings: 0, tokens: 0, manifests: 0, refused: 0 };

/**
 * A registry in memory that shows its manifests to anyone, but only with a token for their repository, as the public
 * registries do. It knows the manifests of these tags and nothing else.
 */
export function createRegistryHandler(references: readonly (readonly [repository: string, tag: string])[]) {
  const manifests = new Map(
    references.map(([repository, tag]) => [`${repository}:${tag}`, manifestOf(repository, tag)]),
  );
  const tokens = new Map<string, ReadonlySet<string>>();
  let counts = { ...nothing };

  function giveToken(scopes: readonly string[]): Answer {
    counts.tokens += 1;
    const token = randomUUID();
    const allowed = scopes.flatMap((text) => text.split(" "));
    tokens.set(token, new Set(allowed.flatMap((scope) => /^repository:(.+):.*\bpull\b/.exec(scope)?.[1] ?? [])));
    const issued = { expires_in: lifetimeSeconds, issued_at: new Date().toISOString() };
    return answerWith(200, json, JSON.stringify({ token, access_token: token, ...issued }));
  }

  function allowedBy({ headers }: Asked): ReadonlySet<string> | undefined {
    return tokens.get(/^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1] ?? "");
  }

  function giveManifest(asked: Asked, { repository, tag }: { repository: string; tag: string }): Answer {
    if (allowedBy(asked)?.has(repository) !== true) {
      counts.refused += 1;
      return challenge(asked, `,scope="repository:${repository}:pull"`);
    }
    counts.manifests += 1;
    const isWanted = /application\/vnd\.oci\.image\.manifest\.v1\+json|\*\/\*/.test(asked.headers.accept ?? "");
    return (isWanted ? manifests.get(`${repository}:${tag}`) : undefined) ?? refusal(404, "MANIFEST_UNKNOWN");
  }

  return {
    /** The counts since the last call. */
    takeCounts(): RequestCounts {
      const taken = counts;
      counts = { ...nothing };
      return taken;
    },
    answer(asked: Asked): Answer {
      const url = new URL(asked.url ?? "/", "https://registry.invalid");
      if (url.pathname === "/token") return giveToken(url.searchParams.getAll("scope"));
      if (url.pathname === "/v2/") {
        counts.pings += 1;
        return allowedBy(asked) === undefined ? challenge(asked, "") : answerWith(200, json, "{}");
      }
      const [, repository, tag] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(url.pathname) ?? [];
      if (repository === undefined || tag === undefined) return refusal(404, "UNSUPPORTED");
      return giveManifest(asked, { repository, tag });
    },
  };
}

function manifestOf(repository: string, tag: string): Answer {
  const empty = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
  const config = { mediaType: "application/vnd.oci.empty.v1+json", digest: empty, size: 2 };
  const annotations = { "org.opencontainers.image.title": `${repository}:${tag}` };
  const body = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [config], annotations });
  const { status, headers } = answerWith(200, mediaType, body);
  const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
  return { status, headers: { ...headers, "docker-content-digest": digest }, body };
}

function challenge({ headers }: Asked, scope: string): Answer {
  const realm = `https://${headers[":authority"] ?? headers.host}/token`;
  const { body, ...refused } = refusal(401, "UNAUTHORIZED");
  const authenticate = `Bearer realm="${realm}",service="bench"${scope}`;
  return { status: 401, headers: { ...refused.headers, "www-authenticate": authenticate }, body };
}

function refusal(status: number, code: string): Answer {
  return answerWith(status, json, JSON.stringify({ errors: [{ code, message: "refused" }] }));
}

function answerWith(status: number, contentType: string, body: string): Answer {
  const headers = {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "docker-distribution-api-version": "registry/2.0",
  };
  return { status, headers, body };
}
