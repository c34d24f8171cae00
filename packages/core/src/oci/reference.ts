import { BayplanError } from "../errors.ts";
import { type Digest, parseDigest } from "./digest.ts";
import { isTag, whatIsWrongWithTag } from "./tag.ts";

/** A path inside a registry; `registry` is a host, with its port if it has one. */
export interface RepositoryName {
  readonly registry: string;
  readonly repository: string;
}
/** A repository and a tag in it. */
export type TagReference = RepositoryName & { readonly kind: "tag"; readonly tag: string };
/** A repository and a digest in it. A tag that was written beside the digest is kept, but never decides anything. */
export type DigestReference = RepositoryName & {
  readonly kind: "digest";
  readonly digest: Digest;
  readonly tag?: string;
};
/** Names one manifest: by tag, or by digest. */
export type Reference = TagReference | DigestReference;

// The grammar's own default, not a vendor's quirk: a reference without a host has always meant this one.
const defaultRegistry = "docker.io";
const defaultRegistryAliases = new Set(["docker.io", "index.docker.io", "registry-1.docker.io"]);
const hostPattern =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]{1,5})?$/;
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/**
 * Reads an image reference: `[registry/]repository[:tag][@digest]`.
 *
 * Without a registry it means Docker Hub, without a tag and digest the tag `latest`; one-segment names there get `library/`.
 *
 * @throws BayplanError `INVALID_REFERENCE` or `INVALID_DIGEST`, naming the part that is wrong.
 * @see https://github.com/distribution/reference/blob/v0.6.0/reference.go
 */
export function parseReference(text: string): Reference {
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : parseDigest(text.slice(at + 1));
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(":");
  const hasTag = colon > named.lastIndexOf("/") && !named.endsWith("]");
  const name = parseRepositoryName(hasTag ? named.slice(0, colon) : named, text);
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) refuse(text, `the tag is not legal: ${whatIsWrongWithTag(tag)}`);
  if (digest !== undefined) return { ...name, kind: "digest", digest, ...(tag === undefined ? {} : { tag }) };
  return { ...name, kind: "tag", tag: tag ?? "latest" };
}

/**
 * Reads a repository without tag or digest, for example `ghcr.io/nascheme/cpython-tsan`.
 *
 * @throws BayplanError `INVALID_REFERENCE`, naming the part that is wrong.
 */
export function parseRepository(text: string): RepositoryName {
  return parseRepositoryName(text, text);
}

function parseRepositoryName(named: string, whole: string): RepositoryName {
  if (named === "") refuse(whole, "the repository is missing.");
  const slash = named.indexOf("/");
  const first = slash < 0 ? "" : named.slice(0, slash);
  const isHost = slash >= 0 && (/[.:[A-Z]/.test(first) || first === "localhost");
  const host = isHost ? first : defaultRegistry;
  if (!hostPattern.test(host)) refuse(whole, `"${host}" is not a host name with an optional port.`);
  const port = /:(\d+)$/.exec(host)?.[1];
  if (port !== undefined && Number(port) > 65_535) refuse(whole, `the port ${port} is above 65535.`);
  const registry = defaultRegistryAliases.has(host.toLowerCase()) ? defaultRegistry : host.toLowerCase();
  if (isHost && registry !== "localhost" && !/[.:[]/.test(registry))
    refuse(whole, `"${first}" is not a host name. Write it with its domain or port, or the repository in lower case.`);
  const path = isHost ? named.slice(slash + 1) : named;
  const repository = registry === defaultRegistry && path !== "" && !path.includes("/") ? `library/${path}` : path;
  checkRepository(repository, whole);
  return { registry, repository };
}

function checkRepository(repository: string, whole: string): void {
  if (repository === "") refuse(whole, "the repository is missing.");
  if (/[A-Z]/.test(repository)) refuse(whole, `the repository must be lower case: ${repository.toLowerCase()}`);
  if (repository.length > 255) refuse(whole, "the repository is longer than 255 characters.");
  const bad = repository.split("/").find((component) => !componentPattern.test(component));
  if (bad !== undefined) {
    refuse(
      whole,
      `"${bad}" is not a repository component. Use lower-case letters and digits, separated by ".", "_", "__" or "-".`,
    );
  }
}

function refuse(text: string, why: string): never {
  throw new BayplanError("INVALID_REFERENCE", `"${text.slice(0, 200)}" is not an image reference: ${why}`);
}

/** The text form that {@link parseReference} reads back to the same reference. */
export function formatReference(reference: Reference): string {
  const name = formatRepository(reference);
  if (reference.kind === "tag") return `${name}:${reference.tag}`;
  return `${name}${reference.tag === undefined ? "" : `:${reference.tag}`}@${reference.digest}`;
}

/** `registry/repository`. */
export function formatRepository(name: RepositoryName): string {
  return `${name.registry}/${name.repository}`;
}

/** The same repository, named by tag. */
export function tagReference(name: RepositoryName, tag: string): TagReference {
  return { registry: name.registry, repository: name.repository, kind: "tag", tag };
}

/** The same repository, named by digest. */
export function digestReference(name: RepositoryName, digest: Digest): DigestReference {
  return { registry: name.registry, repository: name.repository, kind: "digest", digest };
}

/** What goes into a `/v2/<repository>/manifests/<here>` path: the digest where there is one, else the tag. */
export function referenceTarget(reference: Reference): string {
  return reference.kind === "digest" ? reference.digest : reference.tag;
}
