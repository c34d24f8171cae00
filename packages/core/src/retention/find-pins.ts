import { type Digest, isDigest } from "../oci/digest.ts";
import { formatRepository, type RepositoryName } from "../oci/reference.ts";
import { isTag } from "../oci/tag.ts";

/** A digest or a tag that a text uses. */
export type FoundPin =
  | { readonly digest: Digest; readonly by?: string }
  | { readonly tag: string; readonly by?: string };

/** What a text uses. */
export interface FoundPins {
  /** For `pins` of a policy: digests, then tags, each once, in the order of the text. */
  readonly pins: readonly FoundPin[];
  /** References to the repository whose tag is only known elsewhere, such as `app:${TAG}`. Pin by hand what they mean. */
  readonly unresolved: readonly string[];
}

/** What is looked for. */
export interface FindPinsOptions {
  /** Tags count only of this repository. Without it, only digests are found. */
  readonly repository?: RepositoryName;
  /** What the text is, for reasons: a file's name. */
  readonly by?: string;
}

/**
 * Finds what is in use in any text: compose files, Kubernetes manifests, Helm values, Kustomize, ECS task definitions, lock
 * files, plans. It rather finds too much, since what is pinned only stays: every digest counts, whatever it is of; where
 * the repository is named, so does every value of a key that ends with `tag`, as Helm and Kustomize split references,
 * and `appVersion`, from which charts take it. A reference without a tag means `latest`.
 */
export function findPins(text: string, options: FindPinsOptions = {}): FoundPins {
  const digests = new Set<Digest>();
  for (const [found] of text.matchAll(/sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})(?![0-9a-f])/g)) {
    if (isDigest(found)) digests.add(found);
  }
  const tags = new Set<string>();
  const unresolved = new Set<string>();
  const { repository } = options;
  if (repository !== undefined) {
    const names = spellings(repository);
    let isNamed = false;
    for (const token of text.split(/[\s"'`,;()[\]<>|]+/)) {
      if (token.length > 1000 || !token.includes(lastPart(repository.repository))) continue;
      // An environment variable, a flag or a YAML key without a space.
      for (const word of new Set([token, token.slice(token.indexOf("=") + 1)])) {
        const rest = restAfterName(word, names);
        if (rest !== undefined || word === repository.repository) isNamed = true;
        if (rest !== undefined) readTag(word, rest, { tags, unresolved });
      }
    }
    if (isNamed) for (const tag of splitTags(text)) tags.add(tag);
  }
  const by = options.by === undefined ? {} : { by: options.by };
  const pins = [...[...digests].map((digest) => ({ digest, ...by })), ...[...tags].map((tag) => ({ tag, ...by }))];
  return { pins, unresolved: [...unresolved] };
}

/** How a repository may be written. Docker Hub's have shorter names. */
function spellings(name: RepositoryName): readonly string[] {
  const full = formatRepository(name);
  if (name.registry !== "docker.io") return [full];
  const paths = [name.repository, name.repository.replace(/^library\//, "")];
  return [...new Set([full, ...paths.flatMap((path) => [`docker.io/${path}`, `index.docker.io/${path}`, path])])];
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** What follows the repository's name; `undefined` where the word does not name it. */
function restAfterName(word: string, names: readonly string[]): string | undefined {
  const bare = word.replace(/^[a-z+]+:\/\//, "").replace(/^[{]+/, "");
  for (const name of names) {
    // Behind another host it is a mirror's copy of ours.
    const isMirrored = name.includes(".") && bare.includes(`/${name}`);
    const start = bare.startsWith(name) ? 0 : isMirrored ? bare.indexOf(`/${name}`) + 1 : -1;
    if (start < 0) continue;
    const rest = bare.slice(start + name.length);
    if (/^[}.]*$/.test(rest)) return "";
    if (rest.startsWith(":") || rest.startsWith("@")) return rest;
  }
  return undefined;
}

function readTag(
  word: string,
  rest: string,
  found: { readonly tags: Set<string>; readonly unresolved: Set<string> },
): void {
  const [named = ""] = rest.split("@");
  if (rest.startsWith("@")) return;
  const text = named.slice(1);
  if (rest === "" || text === "") {
    found.tags.add("latest");
    return;
  }
  if (isTag(text)) {
    found.tags.add(text);
    // The full stop of a sentence, or a part of the tag.
    const shorter = text.replace(/\.+$/, "");
    if (shorter !== text) found.tags.add(shorter);
    return;
  }
  const plain = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(?=[}:]*$)/.exec(text)?.[0];
  if (plain !== undefined) {
    found.tags.add(plain);
    return;
  }
  const [, fallback] = /^\$\{[A-Za-z_][A-Za-z0-9_]*:?-([A-Za-z0-9_][A-Za-z0-9._-]{0,127})\}$/.exec(text) ?? [];
  if (fallback !== undefined) found.tags.add(fallback);
  found.unresolved.add(word);
}

/** The values of keys that end with `tag`, and of `appVersion`, in YAML, JSON, TOML and environment files. */
function splitTags(text: string): readonly string[] {
  return text.split(/[\n,{}]/).flatMap((segment): readonly string[] => {
    const line = segment.trim();
    if (line.length > 400) return [];
    const [, key = "", value = ""] = /^(?:- )?["']?([\w.-]{1,100})["']?\s*[:=]\s*["']?([\w.-]{1,128})/.exec(line) ?? [];
    return /(?:tag|^appVersion)$/i.test(key) && isTag(value) ? [value] : [];
  });
}
