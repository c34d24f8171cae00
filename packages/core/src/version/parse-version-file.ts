import { BayplanError } from "../errors.ts";
import { createVersionScheme } from "./create-version-scheme.ts";
import type { Version, VersionScheme } from "./version-scheme.ts";

/**
 * Where a version stands in a file. `plain`: the file holds nothing else, beside comments with `#`. `json`: the member
 * `version`. `toml`: `version` of `[project]`, `[package]` or `[tool.poetry]`. `python`: `__version__ = "1.2.3"`. `env`:
 * `VERSION=1.2.3`.
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

const maxLength = 1_000_000;

/**
 * The version that a VERSION file, or another file of a project, declares. Space around it, CRLF and a byte order mark
 * are layout.
 *
 * @throws BayplanError `INVALID_INPUT`, naming file and line, when it declares none, several, or what no scheme reads.
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
  let table = "";
  const found: string[] = [];
  for (const line of content.split(/\r\n|\n/)) {
    table = /^\s*\[\s*([^[\]]+?)\s*\]\s*(?:#.*)?$/.exec(line)?.[1] ?? (/^\s*\[\[/.test(line) ? "[[" : table);
    const [, , value] = /^\s*version\s*=\s*(["'])(.*?)\1\s*(?:#.*)?$/.exec(line) ?? [];
    if (value !== undefined && ["", "project", "package", "tool.poetry"].includes(table)) found.push(value.trim());
  }
  return onlyOne([...new Set(found)], name);
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
