import { digestOf, mediaTypes } from "@bayplan/core";
import type { FetchLikeResponse } from "@bayplan/runtime";
import fc from "fast-check";

/** An answer as data, so that a counterexample can be read. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

const digest = digestOf(new TextEncoder().encode("content"));
const descriptor = { mediaType: mediaTypes.ociManifest, digest, size: 7 };
const anyText = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: "binary", maxLength: 40 }));
const among = (...values: readonly string[]) => fc.oneof(fc.constantFrom(...values), anyText);

const header: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "content-type": among(mediaTypes.ociManifest, mediaTypes.ociIndex, "application/json", "text/html"),
  "content-length": among("0", "7", "-1", "99999999999", "1e9"),
  "content-encoding": among("identity", "gzip"),
  "content-range": among("bytes 0-6/7", "bytes 3-6/7"),
  "docker-content-digest": among(digest, digest.toUpperCase(), "sha256:", "md5:00"),
  link: among('</v2/team/app/tags/list?last=x>; rel="next"', "<http://other.test/>; rel=next", "<>; rel=next", "<"),
  location: among("/v2/team/app/blobs/uploads/x", "http://other.test/x", "https://[", "file:///x", "//"),
  range: among("0-6", "0-0", "bytes=0-3", "6-0"),
  "retry-after": among("0", "1", "60", "999999999", "Wed, 21 Oct 2099 07:28:00 GMT", "-1", "1.5"),
  "www-authenticate": among(
    'Bearer realm="/token",service="s",scope="repository:team/app:pull"',
    'Bearer realm="/token",error="insufficient_scope",scope="repository:other/app:pull"',
    'Bearer realm="/token",error="invalid_token"',
    "Basic",
    "Bearer",
    'Basic realm="',
  ),
  "oci-tag": among("2", "2, 3"),
  "oci-subject": among(digest),
  "oci-chunk-min-length": among("0", "9999999999", "-1"),
  "oci-filters-applied": among("artifactType"),
  "x-ratelimit-remaining": among("0"),
  date: among("Wed, 21 Oct 2026 07:28:00 GMT", "yesterday"),
};

const documents = fc
  .oneof(
    fc.json({ maxDepth: 3 }),
    anyText,
    fc.record(
      { tags: fc.oneof(fc.array(among("1", "2")), fc.constant(null), fc.anything({ maxDepth: 1 })), name: anyText },
      { requiredKeys: [] },
    ),
    fc.record(
      {
        schemaVersion: fc.constantFrom(1, 2),
        mediaType: among(mediaTypes.ociManifest, mediaTypes.ociIndex),
        manifests: fc.array(fc.oneof(fc.constant(descriptor), fc.anything({ maxDepth: 1 })), { maxLength: 3 }),
        config: fc.oneof(fc.constant(descriptor), fc.anything({ maxDepth: 1 })),
        layers: fc.array(fc.constant(descriptor), { maxLength: 2 }),
        annotations: fc.oneof(fc.dictionary(anyText, anyText), fc.anything({ maxDepth: 1 })),
      },
      { requiredKeys: [] },
    ),
    fc.record(
      { token: among("dummy-token"), access_token: anyText, expires_in: fc.anything(), issued_at: anyText },
      { requiredKeys: [] },
    ),
    fc.record({
      errors: fc.array(fc.record({ code: among("DENIED", "NAME_UNKNOWN", "TOOMANYREQUESTS"), message: anyText })),
    }),
    fc.constant("content"),
  )
  .map((document) => (typeof document === "string" ? document : (JSON.stringify(document, noBigInts) ?? "")));

function noBigInts(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** An answer of a server that has gone mad: every part of it is what some server says somewhere, or anything else. */
export const arbitraryAnswer: fc.Arbitrary<Answer> = fc.record({
  status: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(200, 201, 202, 404, 401) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(204, 206, 301, 302, 303, 304, 307, 308, 400, 403, 405, 409, 416, 418, 429, 500, 503),
    },
    { weight: 1, arbitrary: fc.integer({ min: 100, max: 999 }) },
  ),
  headers: fc.record(header, { requiredKeys: [] }),
  body: documents,
});

/** As an injected `fetch` gives it. */
export function toResponse({ status, headers, body }: Answer): FetchLikeResponse {
  return { status, headers: { get: (name) => headers[name.toLowerCase()] ?? null }, body: inPieces(body) };
}

async function* inPieces(body: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(body);
  yield bytes.subarray(0, 5);
  yield bytes.subarray(5);
}
