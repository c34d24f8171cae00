import type { Family } from "@bayplan/core";

/** A permission of a workflow's token, by the name used under `permissions:`. */
export type Permissions = Readonly<Partial<Record<"actions" | "contents" | "id-token" | "packages", "read" | "write">>>;

/** Which permissions a definition needs, and why. */
export interface PermissionsReport {
  /** Of the job that plans and executes. */
  readonly coordinator: Permissions;
  /** Of the workflows that build. */
  readonly builds: Permissions;
  /** Git repositories that `GITHUB_TOKEN` of the coordinator cannot dispatch in: a token of their own is needed there. */
  readonly otherRepositories: readonly { readonly gitRepository: string; readonly needs: string }[];
  /** One sentence for each permission. */
  readonly reasons: readonly string[];
}

/** What the definition does not say. */
export interface RequiredPermissionsOptions {
  /** `owner/name` of the Git repository the coordinator runs in. */
  readonly repository: string;
  /** Hosts of registries that are entered with the job's OpenID Connect token, for example of ECR. Default none. */
  readonly oidcRegistries?: readonly string[];
  /** Whether old images are deleted too. Default `false`. */
  readonly deletes?: boolean;
}

const packagesHost = "ghcr.io";

/**
 * The least `permissions:` for a definition: nothing that it does not need. Everything that is not named is `none`, as
 * soon as a workflow has a `permissions:` block.
 */
export function requiredPermissions(family: Family, options: RequiredPermissionsOptions): PermissionsReport {
  const { repository, oidcRegistries = [], deletes = false } = options;
  const isOwn = (name: string | undefined) => name === undefined || name.toLowerCase() === repository.toLowerCase();
  const hosts = new Set(family.images.map((image) => image.repository.registry));
  const copies = new Set(family.images.flatMap((image) => (image.copies ?? []).map(({ registry }) => registry)));
  const bases = new Set(
    family.images.flatMap((image) =>
      image.bases.flatMap((base) => (base.kind === "external" ? [base.reference.registry] : [])),
    ),
  );
  const reasons = ["contents: read, to check out the definition and the Dockerfiles."];
  const coordinator: { -readonly [Name in keyof Permissions]: Permissions[Name] } = { contents: "read" };
  const builds: { -readonly [Name in keyof Permissions]: Permissions[Name] } = { contents: "read" };
  const runners = family.images.flatMap(({ gitRepository, test }) =>
    test === undefined ? [gitRepository] : [gitRepository, test.gitRepository],
  );
  if (runners.some(isOwn)) {
    coordinator.actions = "write";
    reasons.push("actions: write, to dispatch, follow and cancel the builds.");
  }
  if (hosts.has(packagesHost)) {
    coordinator.packages = "write";
    builds.packages = "write";
    reasons.push(
      `packages: write, for the builds to push and the coordinator to tag${deletes ? " and delete" : ""} at ${packagesHost}.`,
    );
  } else if (bases.has(packagesHost)) {
    coordinator.packages = "read";
    builds.packages = "read";
    reasons.push(`packages: read, for private bases at ${packagesHost}.`);
  }
  if (copies.has(packagesHost) && !hosts.has(packagesHost)) {
    coordinator.packages = "write";
    reasons.push(`packages: write, for the coordinator to copy and tag at ${packagesHost}.`);
  }
  const oidc = [...new Set([...hosts, ...bases, ...copies])].filter((host) => oidcRegistries.includes(host));
  if (oidc.length > 0) {
    coordinator["id-token"] = "write";
    // What is only copied to is no concern of the builds.
    if (oidc.some((host) => hosts.has(host) || bases.has(host))) builds["id-token"] = "write";
    reasons.push(`id-token: write, to log in at ${oidc.join(", ")} without a stored key.`);
  }
  const others = new Set(runners.flatMap((runner) => (isOwn(runner) ? [] : [runner ?? ""])));
  const otherRepositories = [...others].map((gitRepository) => ({
    gitRepository,
    needs: "a fine-grained token or App with Actions: write there, or a classic token with the scope repo",
  }));
  return { coordinator, builds, otherRepositories, reasons };
}

/** The block as it stands in a workflow file, with its line end. */
export function formatPermissions(permissions: Permissions): string {
  const lines = Object.entries(permissions)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, level]) => `  ${name}: ${level}\n`);
  return lines.length === 0 ? "permissions: {}\n" : `permissions:\n${lines.join("")}`;
}
