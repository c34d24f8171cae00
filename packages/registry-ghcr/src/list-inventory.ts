import {
  BayplanError,
  type CallOptions,
  type Descriptor,
  type Digest,
  digestReference,
  formatReference,
  type RepositoryName,
  type StoredManifest,
} from "@bayplan/core";
import type { OciRegistry } from "@bayplan/registry-oci";
import type { DescriptorMemory } from "@bayplan/runtime";
import type { Packages, PackageVersion } from "./packages.ts";

/** What versions are described with. */
export interface DescribeContext {
  readonly packages: Packages;
  readonly descriptors: DescriptorMemory;
  /** Asks the registry itself. */
  readonly ask: OciRegistry["resolveMany"];
}

/**
 * All versions of a package with tags and push times, a page of 100 at a time. Media type and size are asked for by HEAD,
 * once per digest. A version that the registry no longer has is left out when GitHub confirms that it is gone.
 *
 * @throws BayplanError `NOT_FOUND` for a package that is missing or hidden, `DENIED`; `INCOMPLETE` when the list and the
 * registry do not agree; whatever else stands in the way of a whole list.
 */
export async function* listInventory(
  repository: RepositoryName,
  context: DescribeContext,
  call: CallOptions,
): AsyncGenerator<StoredManifest> {
  for await (const page of context.packages.pages(repository, call)) {
    const descriptors = await describeVersions(repository, page, { ...context, call });
    for (const version of page) {
      const descriptor = descriptors.get(version.digest);
      if (descriptor === undefined) continue;
      const { tags, createdAt } = version;
      yield { descriptor, tags, ...(createdAt === undefined ? {} : { pushedAt: createdAt }) };
    }
  }
}

/** The descriptors of versions that are there; what was deleted meanwhile is missing. Throws as {@link listInventory}. */
export async function describeVersions(
  repository: RepositoryName,
  versions: readonly PackageVersion[],
  { packages, descriptors, ask, call }: DescribeContext & { readonly call: CallOptions },
): Promise<ReadonlyMap<Digest, Descriptor>> {
  const known = new Map<Digest, Descriptor>();
  const open = new Map<Digest, PackageVersion>();
  for (const version of versions) {
    const descriptor = await descriptors.find(version.digest, call);
    if (descriptor === undefined) open.set(version.digest, version);
    else known.set(version.digest, descriptor);
  }
  if (open.size === 0) return known;
  const references = [...open.keys()].map((digest) => digestReference(repository, digest));
  for await (const [reference, answer] of ask(references, call)) {
    if (reference.kind !== "digest") continue;
    const version = open.get(reference.digest);
    if (answer.state === "unknown") throw answer.error;
    if (answer.state === "present") known.set(reference.digest, answer.descriptor);
    else if (answer.state === "denied-or-absent") throw refusedBy(formatReference(reference));
    else if (version !== undefined && (await packages.read(repository, version.id, call)) !== undefined) {
      throw disagreeing(formatReference(reference));
    }
  }
  return known;
}

function refusedBy(what: string): BayplanError {
  const message = `GitHub lists ${what}, but the registry does not show it to this token. Check the token's access to the package.`;
  return new BayplanError("DENIED", message);
}

function disagreeing(what: string): BayplanError {
  return new BayplanError("INCOMPLETE", `GitHub lists ${what}, but the registry does not have it. Try again later.`);
}
