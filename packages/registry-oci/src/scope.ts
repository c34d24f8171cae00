/** What a token allows on one resource. */
export interface AccessScope {
  /** Type and name, for example `repository:a/b`. */
  readonly resource: string;
  /** For example `pull`; empty for a scope that has none, such as `aws`. */
  readonly actions: readonly string[];
}

/** Token endpoints put all scopes into one URL, and some refuse or ignore long ones. */
export const maxScopes = 25;
// Servers stop at 8 kB for the whole line, and realm and service stand in it, too.
const maxScopesLength = 6_000;
/** GHCR names this repository in the challenge of `/v2/`: it means "yours", not this one. */
const placeholders = new Set(["repository:user/image"]);

/** The scope of some comma-separated actions in a repository. */
export function repositoryScope(repository: string, actions: string): AccessScope {
  return { resource: `repository:${repository}`, actions: actions.split(",") };
}

/**
 * Reads the `scope` parameter of a challenge. Placeholders are left out, and so is what cannot be a scope.
 *
 * @see https://github.com/cloudflare/serverless-registry/issues/148
 */
export function parseScopes(text: string | undefined): readonly AccessScope[] {
  const scopes: AccessScope[] = [];
  for (const one of (text ?? "").split(" ").slice(0, 4 * maxScopes)) {
    if (!/^[\x21\x23-\x5b\x5d-\x7e]{1,512}$/.test(one)) continue;
    // The name may contain colons itself (`repository:host:5000/a/b:pull`): the actions stand after the last one.
    const colon = one.includes(":") ? one.lastIndexOf(":") : one.length;
    const resource = one.slice(0, colon);
    if (placeholders.has(resource)) continue;
    scopes.push({
      resource,
      actions: one
        .slice(colon + 1)
        .split(",")
        .filter((action) => action !== ""),
    });
  }
  return scopes;
}

/**
 * One scope per resource with the actions of all, sorted, `*` swallowing the rest. The order of the resources is kept,
 * because some servers honour only the first; more than 25 are cut, and what is longer than 6,000 characters in a URL.
 */
export function mergeScopes(scopes: readonly AccessScope[]): readonly AccessScope[] {
  const merged = new Map<string, Set<string>>();
  for (const { resource, actions } of scopes) {
    const known = merged.get(resource) ?? new Set();
    for (const action of actions) known.add(action);
    merged.set(resource, known);
  }
  return fittingScopes(
    [...merged].map(([resource, actions]) => ({ resource, actions: actions.has("*") ? ["*"] : [...actions].sort() })),
  );
}

/** As many of the scopes as one token request may carry, from the first on; the first always. */
export function fittingScopes(scopes: readonly AccessScope[]): readonly AccessScope[] {
  let length = 0;
  const tooLong = scopes.findIndex((scope) => {
    length += new URLSearchParams({ scope: formatScope(scope) }).toString().length + 1;
    return length > maxScopesLength;
  });
  return scopes.slice(0, tooLong === -1 ? maxScopes : Math.min(maxScopes, Math.max(1, tooLong)));
}

/** Whether a token for `have` is good for everything in `need`. */
export function coversScopes(have: readonly AccessScope[], need: readonly AccessScope[]): boolean {
  return need.every((wanted) => {
    const scope = have.find((one) => one.resource === wanted.resource);
    if (scope === undefined) return false;
    return scope.actions.includes("*") || wanted.actions.every((action) => scope.actions.includes(action));
  });
}

/** As token endpoints read it: `repository:a/b:pull,push`. */
export function formatScope({ resource, actions }: AccessScope): string {
  return actions.length === 0 ? resource : `${resource}:${actions.join(",")}`;
}
