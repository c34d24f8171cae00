import { digestOf, mediaTypes, parseInstant, parseManifest, parseReference, parseRepository } from "@bayplan/core";
import { parseRetryAfter, redactText, redactUrl } from "@bayplan/runtime";
import { expect, it } from "vitest";
import { parseChallenges } from "../challenge.ts";
import { parseDockerConfig, storedCredentials } from "../docker-config.ts";
import { parseJsonBody } from "../json-body.ts";
import { nextPage } from "../next-page.ts";
import { ErrorDocument, TagList } from "../schema.ts";
import { mergeScopes, parseScopes } from "../scope.ts";

// Sixteen times the input may take six times sixteen as long: noise passes, the square (256 times) does not.
const growth = 16;
const slack = 6;
const rounds = 5;
// Once is enough to show that it can be done: what other programs do in the meantime must not count.
const tries = 8;

interface Parser {
  readonly name: string;
  /** The worst input of that size that could be thought of, made outside the measurement. */
  readonly input: (size: number) => string;
  readonly parse: (input: string) => unknown;
  /** Of the small input. The large one is sixteen times as long. */
  readonly size?: number;
}

const now = parseInstant("2026-11-21T02:00:00Z");
const bytesOf = (text: string) => new TextEncoder().encode(text);
const repeated =
  (text: string, end = "") =>
  (size: number) =>
    `${text.repeat(size / text.length)}${end}`;
const list = (item: string) => (size: number) => `[${repeated(`${item},`)(size)}${item}]`;
const link = (text: string) => {
  const headers = { get: () => text, getAll: () => [text] };
  return nextPage({ status: 200, headers, url: "https://registry.test/v2/", body: new Uint8Array() }, "Listing");
};
const manifest = (text: string) => {
  const bytes = bytesOf(`{"schemaVersion":2,"manifests":${text}}`);
  return parseManifest({
    descriptor: { mediaType: mediaTypes.ociIndex, digest: digestOf(new Uint8Array()), size: 1 },
    bytes,
  });
};

const parsers: readonly Parser[] = [
  { name: "reference: a host of hyphens", input: repeated("a-", ".x/a"), parse: parseReference },
  { name: "reference: a host of dots", input: repeated("a.", "!/a"), parse: parseRepository },
  { name: "reference: a path of underscores", input: repeated("a__", "!"), parse: parseRepository },
  { name: "reference: a tag", input: (size) => `a:${"a".repeat(size)}!`, parse: parseReference },
  { name: "challenge: commas", input: repeated(","), parse: (text) => parseChallenges([text]), size: 500 },
  { name: "challenge: schemes", input: repeated("a "), parse: (text) => parseChallenges([text]), size: 500 },
  {
    name: "challenge: backslashes",
    input: (size) => `Bearer realm="${"\\\\".repeat(size)}`,
    parse: (text) => parseChallenges([text]),
    size: 500,
  },
  {
    name: "challenge: parameters",
    input: repeated("a=b,"),
    parse: (text) => parseChallenges([`Bearer ${text}`]),
    size: 500,
  },
  {
    name: "challenge: token68",
    input: repeated("a", "!"),
    parse: (text) => parseChallenges([`Basic ${text}`]),
    size: 500,
  },
  { name: "challenge: many headers", input: repeated("Basic "), parse: (text) => parseChallenges(text.split(" ")) },
  { name: "Link: brackets", input: repeated("<"), parse: link, size: 1000 },
  { name: "Link: empty addresses", input: repeated("<>"), parse: link, size: 1000 },
  { name: "Link: blanks", input: (size) => `<>;a${" ".repeat(size)}`, parse: link, size: 1000 },
  { name: "Link: semicolons", input: (size) => `<>${" ; a".repeat(size / 4)}`, parse: link, size: 1000 },
  { name: "Link: rel", input: repeated("; rel = "), parse: link, size: 1000 },
  { name: "Link: quoted blanks", input: (size) => `<>; rel="${" ".repeat(size)}`, parse: link, size: 1000 },
  { name: "Retry-After: digits", input: repeated("1"), parse: (text) => parseRetryAfter(text, now) },
  {
    name: "Retry-After: a date",
    input: (size) => `Wed, ${"(".repeat(size)}`,
    parse: (text) => parseRetryAfter(text, now),
  },
  { name: "manifest: empty objects", input: list("{}"), parse: manifest, size: 20_000 },
  {
    name: "manifest: nested",
    input: (size) => `${"[".repeat(size)}${"]".repeat(size)}`,
    parse: manifest,
    size: 20_000,
  },
  {
    name: "errors: empty objects",
    input: list("{}"),
    parse: (text) => ErrorDocument.safeParse(parseJsonBody(bytesOf(`{"errors":${text}}`))),
    size: 20_000,
  },
  {
    name: "tags: numbers",
    input: list("1"),
    parse: (text) => TagList.safeParse(parseJsonBody(bytesOf(`{"tags":${text}}`))),
    size: 20_000,
  },
  {
    name: "tags: tags",
    input: list('"a"'),
    parse: (text) => TagList.safeParse(parseJsonBody(bytesOf(`{"tags":${text}}`))),
    size: 20_000,
  },
  { name: "scopes: blanks", input: repeated(" "), parse: (text) => mergeScopes(parseScopes(text)) },
  {
    name: "scopes: actions",
    input: (size) => `a:${"b,".repeat(size / 2)}`,
    parse: (text) => mergeScopes(parseScopes(text)),
  },
  {
    name: "Docker's configuration: hosts",
    input: (size) => `{"auths":{${Array.from({ length: size / 10 }, (_, index) => `"host${index}":{}`).join(",")}}}`,
    parse: (text) => storedCredentials(parseDockerConfig(text, "x"), { host: "h", repository: "a/b" }),
  },
  { name: "shown text: equals signs", input: repeated("token="), parse: redactText },
  { name: "shown text: slashes", input: repeated("/"), parse: redactText },
  {
    name: "shown address: secrets in the query",
    input: (size) =>
      `https://registry.test/?${Array.from({ length: size / 10 }, (_, index) => `token${index}=x`).join("&")}`,
    parse: redactUrl,
  },
];

function medianMs({ parse }: Parser, input: string): number {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedMs = performance.now();
    try {
      parse(input);
    } catch {
      // How long a refusal takes is what is measured.
    }
    times.push(performance.now() - startedMs);
  }
  return times.sort((left, right) => left - right)[Math.floor(rounds / 2)] ?? 0;
}

it.each(parsers)("takes no more than its share of time for a longer input: $name", (parser) => {
  const size = parser.size ?? 5000;
  const small = parser.input(size);
  const large = parser.input(size * growth);
  // Compiles what is to be measured.
  medianMs(parser, small);
  let best = Number.POSITIVE_INFINITY;
  for (let count = 0; count < tries && best > growth * slack; count += 1) {
    best = Math.min(best, medianMs(parser, large) / Math.max(medianMs(parser, small), Number.EPSILON));
  }
  expect(best).toBeLessThanOrEqual(growth * slack);
});
