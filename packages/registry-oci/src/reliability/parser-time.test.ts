import { digestOf, mediaTypes, parseInstant, parseManifest, parseReference, parseRepository } from "@bayplan/core";
import { parseRetryAfter, redactText, redactUrl } from "@bayplan/runtime";
import { expect, it } from "vitest";
import { parseChallenges } from "../challenge.ts";
import { parseDockerConfig, storedCredentials } from "../docker-config.ts";
import { parseJsonBody } from "../json-body.ts";
import { nextPage } from "../next-page.ts";
import { ErrorDocument, TagList } from "../schema.ts";
import { mergeScopes, parseScopes } from "../scope.ts";

// The large input is sixteen times the small one, which is read sixteen times: both take as long where time grows with
// the input, and are disturbed alike. Six times as long may be noise; sixteen times is the square.
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
  /** Of the small input. Default 5000. */
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
  { name: "manifest: empty objects", input: list("{}"), parse: manifest, size: 2000 },
  {
    name: "manifest: nested",
    input: (size) => `${"[".repeat(size)}${"]".repeat(size)}`,
    parse: manifest,
    size: 2000,
  },
  {
    name: "errors: empty objects",
    input: list("{}"),
    parse: (text) => ErrorDocument.safeParse(parseJsonBody(bytesOf(`{"errors":${text}}`))),
    size: 2000,
  },
  {
    name: "tags: numbers",
    input: list("1"),
    parse: (text) => TagList.safeParse(parseJsonBody(bytesOf(`{"tags":${text}}`))),
    size: 2000,
  },
  {
    name: "tags: tags",
    input: list('"a"'),
    parse: (text) => TagList.safeParse(parseJsonBody(bytesOf(`{"tags":${text}}`))),
    size: 2000,
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

function medianMs(parser: Parser, input: string, times: number): number {
  const taken = Array.from({ length: rounds }, () => {
    const startedMs = performance.now();
    for (let count = 0; count < times; count += 1) tryToParse(parser, input);
    return performance.now() - startedMs;
  });
  return taken.sort((left, right) => left - right)[Math.floor(rounds / 2)] ?? 0;
}

function tryToParse({ parse }: Parser, input: string): void {
  try {
    parse(input);
  } catch {
    // How long a refusal takes is what is measured.
  }
}

/** How many times as long the large input takes as the small one does in as many pieces. */
function growthOf(parser: Parser): number {
  const size = parser.size ?? 5000;
  const small = parser.input(size);
  const large = parser.input(size * growth);
  // Compiles what is to be measured.
  medianMs(parser, small, growth);
  let best = Number.POSITIVE_INFINITY;
  for (let count = 0; count < tries && best > slack; count += 1) {
    best = Math.min(best, medianMs(parser, large, 1) / Math.max(medianMs(parser, small, growth), Number.EPSILON));
  }
  return best;
}

it.each(parsers)("takes no more than its share of time for a longer input: $name", (parser) => {
  expect(growthOf(parser)).toBeLessThanOrEqual(slack);
});

it("would notice a parser that takes more", () => {
  const parse = ({ length }: string): number => {
    let steps = 0;
    for (let step = 0; step < length ** 3; step += 1) steps += step % 3;
    return steps;
  };
  expect(growthOf({ name: "the cube", input: repeated("x"), parse, size: 20 })).toBeGreaterThan(slack);
});
