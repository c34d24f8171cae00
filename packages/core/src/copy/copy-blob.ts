import type { Descriptor } from "../oci/descriptor.ts";
import { digestReference, type RepositoryName } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { RegistryAdapter } from "../ports/registry.ts";
import type { CopyProgress } from "./copy-progress.ts";

/** Between which repositories a blob is copied. */
export interface BlobRoute {
  readonly from: RegistryAdapter;
  readonly source: RepositoryName;
  readonly to: RegistryAdapter;
  readonly target: RepositoryName;
}

/** Mounts the blob where source and target are one registry and it can; otherwise streams it, verified on the way. */
export async function copyBlob(
  route: BlobRoute,
  blob: Descriptor,
  options: CallOptions & { readonly mayMount: boolean },
): Promise<CopyProgress> {
  const { mayMount, ...call } = options;
  const { digest, size } = blob;
  const origin = digestReference(route.source, digest);
  const isOneRegistry = route.from === route.to && route.source.registry === route.target.registry;
  if (mayMount && isOneRegistry && (await route.to.mountBlob?.(route.target, origin, call)) === true) {
    return { kind: "blob-mounted", digest, size };
  }
  await route.to.putBlob(route.target, blob, route.from.fetchBlob(origin, call), call);
  return { kind: "blob-copied", digest, size };
}
