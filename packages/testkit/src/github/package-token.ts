/** What somebody may do with a package: pull, push, or also delete. */
export type PackageRole = "read" | "write" | "admin";

/** A token and what it may. */
export type SimulatedPackageToken = {
  /** Roles by package (`owner/name`) or by owner, who has `admin` anyway. */
  readonly roles?: Readonly<Record<string, PackageRole>>;
} & (
  | {
      /** A classic personal access token. */
      readonly kind: "classic";
      readonly login: string;
      readonly scopes: readonly ("read:packages" | "write:packages" | "delete:packages")[];
    }
  /** `GITHUB_TOKEN` of a job; the roles are those of its repository under the package's Actions access. */
  | { readonly kind: "workflow"; readonly packages: "none" | "read" | "write" }
  /** A fine-grained token, which packages take no notice of. */
  | { readonly kind: "fine-grained"; readonly login: string }
);

/** What is asked for. */
export type PackageAction = "read" | "write" | "delete" | "restore";

const ranks: Readonly<Record<PackageRole, number>> = { read: 1, write: 2, admin: 3 };
const needed: Readonly<Record<PackageAction, PackageRole>> = {
  read: "read",
  write: "write",
  delete: "admin",
  restore: "admin",
};

/** Whether the token itself allows the action, whatever the package. */
export function allowsAction(token: SimulatedPackageToken, action: PackageAction): boolean {
  if (token.kind === "fine-grained") return false;
  if (token.kind === "workflow") return action === "read" ? token.packages !== "none" : token.packages === "write";
  const { scopes } = token;
  // The scope to write includes that to read.
  const reads = scopes.includes("read:packages") || scopes.includes("write:packages");
  if (action === "read") return reads;
  return reads && scopes.includes(action === "delete" ? "delete:packages" : "write:packages");
}

/** Whether the holder's role in the package, or with its owner, allows the action. */
export function hasRole(token: SimulatedPackageToken, name: string, action: PackageAction): boolean {
  const [owner = ""] = name.split("/");
  const isOwner = token.kind !== "workflow" && token.login.toLowerCase() === owner;
  const role = isOwner ? "admin" : (token.roles?.[name] ?? token.roles?.[owner]);
  return role !== undefined && ranks[role] >= ranks[needed[action]];
}
