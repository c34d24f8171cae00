import { parse, TomlError } from "smol-toml";
import { BayplanError } from "../errors.ts";
import { createVersionScheme } from "./create-version-scheme.ts";
import type { Version, VersionScheme } from "./version-scheme.ts";

/**
 * Where a version stands in a file. `plain`: the file holds nothing else, beside comments with `#`. `json`: the member
 * `version`. `toml`: `version` of the document, of `[project]`, `[package]` or `[tool.poetry]`, however TOML spells these.
 * `python`: `__version__ = "1.2.3"`. `env`: `VERSION=1.2.3`.
 */
export type VersionFileFormat = "plain" | "json" | "toml" | "python" | "env";

/** How a version file is read. */
export interface VersionFileOptions {
  /** Default `plain`. */
  readonly format?: VersionFileFormat;
  /** A scheme or its name. Default: `pep440` where that can read it, otherwise `semver`. */
  readonly scheme?: VersionScheme | string;
  /** What the file is called, for messages. Default `VERSION`. */
  readonly name?: string;
}

/** The version a file declares. */
export interface VersionFile {
  /** As written, `v0.1.0rc1`. */
  readonly raw: string;
  /** Without a leading `v`, `0.1.0rc1`. */
  readonly text: string;
  readonly version: Version;
  readonly isStable: boolean;
}

type Table = Readonly<Record<string, unknown>>;

const maxLength = 1_000_000;

/** Where TOML files declare a version: the document itself, Python's and Rust's packages. */
const tomlTables: readonly (readonly string[])[] = [[], ["project"], ["package"], ["tool", "poetry"]];

/**
 * The version that a VERSION file, or another file of a project, declares. Space around it, CRLF and a byte order mark
 * are layout.
 *
 * @throws BayplanError `INVALID_INPUT`, naming the file, when it declares none, several, or what no scheme reads, and when
 * it is not of its format; for TOML with line and column.
 * @see https://toml.io/en/v1.1.0
 */
export function parseVersionFile(content: string, options: VersionFileOptions = {}): VersionFile {
  const { format = "plain", name = "VERSION" } = options;
  if (content.length > maxLength) throw refused(name, `is longer than ${maxLength} characters`);
  const raw = readers[format](content.replace(/^\uFEFF/, ""), name);
  for (const scheme of schemesOf(options.scheme)) {
    const version = scheme.parse(raw);
    if (version !== undefined) {
      return { raw, text: raw.replace(/^v(?=\d)/i, ""), version, isStable: scheme.isStable(version) };
    }
  }
  throw refused(name, `declares ${JSON.stringify(raw.slice(0, 80))}, which is no version`);
}

function schemesOf(scheme: VersionScheme | string | undefined): readonly VersionScheme[] {
  return (scheme === undefined ? ["pep440", "semver"] : [scheme]).map((each) => createVersionScheme(each));
}

const readers: Readonly<Record<VersionFileFormat, (content: string, name: string) => string>> = {
  plain: readPlain,
  json: readJson,
  toml: readToml,
  python: (content, name) => readAssignments(content, name, /^__version__\s*(?::\s*\w+\s*)?=\s*(["'])(.*?)\1/),
  env: (content, name) => readAssignments(content, name, /^(?:export\s+)?VERSION\s*=\s*(["']?)(.*?)\1\s*(?:#.*)?$/),
};

function readPlain(content: string, name: string): string {
  const lines = content.split(/\r\n|\r|\n/).map((line) => line.replace(/(^|\s)#.*$/, "").trim());
  return onlyOne(
    lines.filter((line) => line !== ""),
    name,
  );
}

function readJson(content: string, name: string): string {
  let document: unknown;
  try {
    document = JSON.parse(content);
  } catch (cause) {
    throw refused(name, "is not JSON", cause);
  }
  const isObject = typeof document === "object" && document !== null && Object.hasOwn(document, "version");
  const version: unknown = isObject ? (document as { readonly version: unknown }).version : undefined;
  // A number has lost its zeros: 3.10 was read as 3.1.
  if (typeof version !== "string") throw refused(name, 'has no text under "version"');
  return onlyOne(
    [version.trim()].filter((text) => text !== ""),
    name,
  );
}

function readToml(content: string, name: string): string {
  const document = parseToml(content, name);
  const found = tomlTables
    .map((path) => memberAt(document, [...path, "version"]))
    .filter((version) => version !== undefined);
  const texts = found.flatMap((version) => (typeof version === "string" ? version.trim() : []));
  if (texts.length === 0 && found.length > 0) throw refused(name, 'has no text under "version"');
  return onlyOne([...new Set(texts)], name);
}

function parseToml(content: string, name: string): unknown {
  try {
    // Only texts are read here: a number too large for JavaScript, somewhere in a lock file, is no mistake.
    return parse(content, { integersAsBigInt: "asNeeded" });
  } catch (error) {
    // The parser's error quotes the lines around the mistake, so it does not travel on as a cause.
    const [reason = ""] = error instanceof TomlError ? error.message.split("\n") : [];
    const where = error instanceof TomlError ? `, line ${error.line}, column ${error.column}` : "";
    throw refused(name, `is not TOML${where}${reason === "" ? "" : ` (${reason.replace(/^.*?: /, "")})`}`);
  }
}

function memberAt(table: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return table;
  const isThere = typeof table === "object" && table !== null && Object.hasOwn(table, key);
  return isThere ? memberAt((table as Table)[key], rest) : undefined;
}

function readAssignments(content: string, name: string, pattern: RegExp): string {
  const values = content.split(/\r\n|\r|\n/).flatMap((line) => pattern.exec(line.trim())?.[2] ?? []);
  return onlyOne(
    values.map((value) => value.trim()).filter((value) => value !== ""),
    name,
  );
}

function onlyOne(values: readonly string[], name: string): string {
  const [value, other] = values;
  if (value === undefined) throw refused(name, "declares no version");
  if (other !== undefined) throw refused(name, `declares several: ${values.slice(0, 5).join(", ")}`);
  return value;
}

function refused(name: string, problem: string, cause?: unknown): BayplanError {
  return new BayplanError(
    "INVALID_INPUT",
    `${name} ${problem}. It must declare one version, for example 1.2.3.`,
    cause === undefined ? {} : { cause },
  );
}
