/** What may be done in a repository. */
export type AccessAction = "pull" | "push" | "delete";

/** Actions by repository, as a bearer token is bound to them. */
export type AccessScope = ReadonlyMap<string, ReadonlySet<AccessAction>>;

/** Stands for the list of all repositories in a scope; no repository can be called so. Users have it whole, others not. */
export const catalogResource = "registry:catalog";

const actions: readonly AccessAction[] = ["pull", "push", "delete"];

/**
 * Reads the `scope` parameters of a token request; unknown resource types and actions grant nothing.
 *
 * @see https://distribution.github.io/distribution/spec/auth/scope/
 */
export function parseScopes(texts: readonly string[], allowed: readonly AccessAction[]): AccessScope {
  const scope = new Map<string, Set<AccessAction>>();
  for (const text of texts.flatMap((part) => part.split(" "))) {
    if (text === `${catalogResource}:*` && allowed.includes("push")) scope.set(catalogResource, new Set(actions));
    const [, repository, asked] = /^repository:(.+):([a-z,*]+)$/.exec(text) ?? [];
    if (repository === undefined || asked === undefined) continue;
    const granted = scope.get(repository) ?? new Set();
    for (const action of asked === "*" ? actions : actions.filter((known) => asked.split(",").includes(known))) {
      if (allowed.includes(action)) granted.add(action);
    }
    scope.set(repository, granted);
  }
  return scope;
}

/** What the request needs: listing repositories all of {@link catalogResource}, reading pulls, writing pulls and pushes, mounting pulls from the source as well. */
export function requiredScope(request: Request, repository: string): AccessScope {
  const method = request.method;
  if (repository === catalogResource) return new Map([[repository, new Set(actions)]]);
  const own: readonly AccessAction[] =
    method === "GET" || method === "HEAD" ? ["pull"] : method === "DELETE" ? ["delete"] : ["pull", "push"];
  const scope = new Map<string, Set<AccessAction>>([[repository, new Set(own)]]);
  const query = new URL(request.url).searchParams;
  const source = query.get("mount") === null ? null : query.get("from");
  if (method === "POST" && source !== null) scope.set(source, new Set([...(scope.get(source) ?? []), "pull"]));
  return scope;
}

/** The text form for a challenge: `repository:a:pull,push repository:b:pull`. */
export function formatScope(scope: AccessScope): string {
  return [...scope].map(([name, granted]) => formatResource(name, granted)).join(" ");
}

function formatResource(name: string, granted: ReadonlySet<AccessAction>): string {
  return name === catalogResource ? `${name}:*` : `repository:${name}:${[...granted].join(",")}`;
}

/** Whether everything required is granted. */
export function covers(granted: AccessScope, required: AccessScope): boolean {
  return [...required].every(([repository, needed]) =>
    [...needed].every((action) => granted.get(repository)?.has(action) === true),
  );
}
