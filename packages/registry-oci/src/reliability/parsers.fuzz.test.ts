import {
  digestOf,
  formatReference,
  isBayplanError,
  mediaTypes,
  parseDigest,
  parseInstant,
  parseManifest,
  parseReference,
  parseRepository,
  parseTag,
} from "@bayplan/core";
import { createHttpClient, parseRetryAfter, redactText, redactUrl } from "@bayplan/runtime";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseChallenges } from "../challenge.ts";
import { helpersFor, parseDockerConfig, storedCredentials } from "../docker-config.ts";
import { parseJsonBody } from "../json-body.ts";
import { nextPage } from "../next-page.ts";
import { ErrorDocument, TagList, TokenAnswer } from "../schema.ts";
import { coversScopes, formatScope, mergeScopes, parseScopes } from "../scope.ts";
import { parseRealm } from "../token-endpoint.ts";
import { tokenLifetimeMs } from "../token-lifetime.ts";

const now = parseInstant("2026-11-21T02:00:00Z");
const registry = new URL("https://registry.test/");
/** Text made of what the grammar is made of, so that it goes deeper than text that is wrong from the first letter. */
function textOf(...pieces: readonly string[]): fc.Arbitrary<string> {
  const fragments = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })), { maxLength: 30 });
  return fc.oneof(
    fragments.map((parts) => parts.join("")),
    fc.string({ unit: "binary", maxLength: 200 }),
  );
}

/** What the parser gives; `undefined` where it refuses as it should. Any other error is a failure of the test. */
function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (isBayplanError(error)) return undefined;
    throw error;
  }
}

const references = textOf(
  "registry.test",
  ":5000",
  "/",
  "team",
  "app",
  "--",
  "__",
  ".",
  ":",
  "1.0",
  "@",
  "sha256:",
  "a".repeat(64),
  "[::1]",
  "[",
);
const challenges = textOf(
  "Bearer",
  "Basic",
  " ",
  ",",
  "=",
  '"',
  "\\",
  "realm",
  "scope",
  "https://t.test/",
  "AAAA==",
  "\t",
);
const links = textOf("<", ">", ";", " ", "rel", "=", '"', "next", "prev", "/v2/a/b/tags/list?last=x", ",", "title*");
const scopes = textOf("repository", ":", "team/app", "pull", "push", ",", " ", "*", "registry", "catalog", "\\", '"');
const durations = textOf("retry-after:", " ", "10", ".", "5", "ms", "µs", "μs", "ns", "h", "m", "s", "-", "1e9", "\t");

it("reads references, and gives back what it has read", () => {
  fc.assert(
    fc.property(references, (text) => {
      for (const parse of [parseRepository, parseTag, parseDigest]) parsed(() => parse(text));
      const reference = parsed(() => parseReference(text));
      if (reference !== undefined) expect(parseReference(formatReference(reference))).toEqual(reference);
    }),
    { numRuns: 500 },
  );
});

it("reads challenges and realms, and contacts only what is encrypted", () => {
  fc.assert(
    fc.property(fc.array(challenges, { maxLength: 3 }), (headers) => {
      for (const { scheme, parameters } of parseChallenges(headers)) {
        expect(scheme).toBe(scheme.toLowerCase());
        const realm = parsed(() => parseRealm(parameters["realm"], registry));
        if (realm !== undefined) expect([realm.protocol, realm.username]).toEqual(["https:", ""]);
      }
    }),
    { numRuns: 500 },
  );
});

it("reads Link headers, and stays with the server that sent them", () => {
  fc.assert(
    fc.property(links, (link) => {
      const headers = { get: () => link, getAll: () => [link] };
      const response = { status: 200, headers, url: "https://registry.test/v2/a/b/tags/list", body: new Uint8Array() };
      const url = parsed(() => nextPage(response, "Listing"));
      if (url !== undefined) expect(url.origin).toBe("https://registry.test");
    }),
    { numRuns: 500 },
  );
});

it("reads Retry-After in the header, and gives a time or nothing", () => {
  const dates = textOf("Wed", ",", " ", "21 Oct 2026", "07:28:00", "GMT", "-", "+", "9999", "1.5", "120");
  fc.assert(
    fc.property(dates, (text) => {
      const ms = parseRetryAfter(text, now);
      if (ms !== undefined) expect(ms >= 0 && Number.isFinite(ms)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it("reads Retry-After in the body, and waits a time that can be waited", async () => {
  await fc.assert(
    fc.asyncProperty(durations, async (text) => {
      const waits: number[] = [];
      const clock = { now: () => now, sleep: async (ms: number) => void waits.push(ms) };
      const refusal = { status: 429, headers: { get: () => null } };
      const http = createHttpClient({ clock, retries: 1, fetch: async () => ({ ...refusal, body: bytesOf(text) }) });
      const answer = http.request({ method: "GET", url: "https://registry.test/" });
      const error: unknown = await answer.then(
        () => undefined,
        (caught: unknown) => caught,
      );
      if (error !== undefined && !isBayplanError(error)) throw error;
      for (const ms of waits) expect(ms >= 0 && ms <= 60_000).toBe(true);
    }),
    { numRuns: 200 },
  );
});

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

it("reads manifests, tag lists, errors and tokens from any bytes", () => {
  const json = fc.json().map((text) => new TextEncoder().encode(text));
  const documents = fc.oneof(fc.uint8Array({ maxLength: 300 }), json);
  fc.assert(
    fc.property(documents, fc.constantFrom(...Object.values(mediaTypes), "text/plain"), (bytes, mediaType) => {
      const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
      parsed(() => parseManifest({ descriptor, bytes }));
      const value = parseJsonBody(bytes);
      for (const schema of [TagList, ErrorDocument, TokenAnswer]) schema.safeParse(value);
    }),
    { numRuns: 500 },
  );
});

it("gives every token a lifetime that is one", () => {
  const dates = fc.oneof(fc.date({ noInvalidDate: false }).map(String), textOf("2026-11-21", "T", "02:00:00", "Z"));
  fc.assert(
    fc.property(fc.anything(), dates, dates, fc.integer(), (expires, issuedAt, date, nowMs) => {
      const answer = TokenAnswer.safeParse({ token: "dummy", expires_in: expires, issued_at: issuedAt });
      if (!answer.success) return;
      const headers = { get: () => date, getAll: () => [date] };
      const ms = tokenLifetimeMs(answer.data, { headers, nowMs });
      expect(ms > 0 && Number.isFinite(ms)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it("reads scopes, and asks for them in words without blanks, quotes and line ends", () => {
  fc.assert(
    fc.property(scopes, (text) => {
      const read = mergeScopes(parseScopes(text));
      expect(mergeScopes(read)).toEqual(read);
      expect(coversScopes(read, read)).toBe(true);
      for (const scope of read) expect(formatScope(scope)).toMatch(/^[!#-[\]-~]*$/);
    }),
    { numRuns: 500 },
  );
});

it("reads Docker's configuration, and quotes nothing of it", () => {
  const auth = fc.oneof(fc.string(), fc.constant(Buffer.from("bayplan:dummy-secret").toString("base64")));
  const entry = fc.oneof(fc.record({ auth, identitytoken: fc.string() }, { requiredKeys: [] }), fc.anything());
  const key = fc.oneof(textOf("https://", "docker.io", "/v1/", "registry.test", "/team", ":443"), fc.string());
  const config = fc.record(
    { auths: fc.oneof(fc.dictionary(key, entry), fc.anything()), credHelpers: fc.dictionary(key, fc.string()) },
    { requiredKeys: [] },
  );
  const texts = fc.oneof(
    fc.string(),
    config.map((value) => JSON.stringify(value, bigIntsAsText) ?? ""),
  );
  fc.assert(
    fc.property(texts, key, (text, host) => {
      try {
        const loaded = parseDockerConfig(`${text}`, "config.json");
        helpersFor(loaded, host);
        storedCredentials(loaded, { host, repository: "team/app" });
      } catch (error) {
        if (!isBayplanError(error)) throw error;
        expect(error.message).not.toContain("dummy-secret");
        expect(error.cause).toBeUndefined();
      }
    }),
    { numRuns: 500 },
  );
});

function bigIntsAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

it("shows texts and addresses of others on one line, and without what looks like a secret", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.webUrl({ withQueryParameters: true }), (text, url) => {
      expect(redactText(text)).not.toMatch(/\p{Cc}/u);
      expect(redactUrl(`${url}${url.includes("?") ? "&" : "?"}token=dummy-secret&x=1`)).not.toContain("dummy-secret");
      expect(redactText(`${text} password: dummy-secret`.slice(0, 180))).not.toContain("dummy-secret");
    }),
    { numRuns: 500 },
  );
});
