/** What an access token allows, each with everything before it. Passwords allow everything. */
export type DockerHubScope = "public-read" | "read" | "write" | "delete";

/** A user or an organisation of a simulated Docker Hub. */
export interface SimulatedDockerAccount {
  /** Docker ID of a user, or name of an organisation; its namespace is called the same. */
  readonly name: string;
  /** Of a user. Default none: only access tokens log in. */
  readonly password?: string;
  /** What each secret allows: personal access tokens of a user, access tokens of an organisation. Default none. */
  readonly accessTokens?: Readonly<Record<string, DockerHubScope>>;
  /** Whether it is an organisation, whose members are named by their own `organizations`. Default `false`. */
  readonly isOrganization?: boolean;
  /** Organisations in whose namespaces the user may do everything. Default none. */
  readonly organizations?: readonly string[];
}

/** Somebody who has logged in. */
export interface DockerHubIdentity {
  readonly name: string;
  readonly secret: "password" | "personal-access-token" | "organization-access-token";
  readonly scope: DockerHubScope;
  readonly namespaces: readonly string[];
}

/** What came of a login. */
export type DockerHubLogin =
  | { readonly state: "known"; readonly identity: DockerHubIdentity }
  | { readonly state: "wrong" }
  | { readonly state: "locked" };

/** The accounts of a simulated Docker Hub, and who may do what. */
export interface DockerHubAccounts {
  /** Whether there is an account of that name; `library` belongs to Docker. */
  has(namespace: string): boolean;
  logIn(name: string, secret: string): DockerHubLogin;
}

const lockedMs = 600_000;
const allowedFailures = 5;
const scopes: readonly DockerHubScope[] = ["public-read", "read", "write", "delete"];

/** Whether the identity may do that in a repository of the namespace. Nobody may write to official images. */
export function mayUse(
  identity: DockerHubIdentity | undefined,
  repository: string,
  use: { readonly scope: DockerHubScope; readonly isPrivate: boolean },
): boolean {
  const isReading = use.scope === "public-read" || use.scope === "read";
  if (isReading && !use.isPrivate) return true;
  const namespace = repository.split("/", 1)[0] ?? "";
  if (identity === undefined || !identity.namespaces.includes(namespace)) return false;
  return scopes.indexOf(identity.scope) >= scopes.indexOf(use.scope);
}

/** Accounts with their secrets; with `locks`, failed logins lock them for ten minutes. */
export function createDockerHubAccounts(
  accounts: readonly SimulatedDockerAccount[],
  settings: { readonly nowMs: () => number; readonly locks: boolean },
): DockerHubAccounts {
  const byName = new Map(accounts.map((account) => [account.name, account]));
  const failures = new Map<string, { count: number; lastMs: number }>();

  function identify(account: SimulatedDockerAccount, secret: string): DockerHubIdentity | undefined {
    const { name, accessTokens = {}, isOrganization = false } = account;
    const namespaces = [name, ...(account.organizations ?? [])];
    if (!isOrganization && account.password !== undefined && account.password === secret) {
      return { name, secret: "password", scope: "delete", namespaces };
    }
    const scope = Object.hasOwn(accessTokens, secret) ? accessTokens[secret] : undefined;
    if (scope === undefined) return undefined;
    return {
      name,
      secret: isOrganization ? "organization-access-token" : "personal-access-token",
      scope,
      namespaces,
    };
  }

  return {
    has: (namespace) => namespace === "library" || byName.has(namespace),
    logIn(name, secret) {
      const nowMs = settings.nowMs();
      const failed = failures.get(name);
      const isOver = failed !== undefined && nowMs - failed.lastMs >= lockedMs;
      if (isOver) failures.delete(name);
      // Also the right password: that is what makes a lock of it.
      if (settings.locks && !isOver && failed !== undefined && failed.count >= allowedFailures)
        return { state: "locked" };
      const account = byName.get(name);
      const identity = account === undefined ? undefined : identify(account, secret);
      if (identity !== undefined) {
        failures.delete(name);
        return { state: "known", identity };
      }
      failures.set(name, { count: (isOver ? 0 : (failed?.count ?? 0)) + 1, lastMs: nowMs });
      return { state: "wrong" };
    },
  };
}
