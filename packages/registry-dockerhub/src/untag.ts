import {
  BayplanError,
  type CallOptions,
  type Digest,
  formatReference,
  isBayplanError,
  type RegistryAdapter,
  type TagReference,
} from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";
import { hubError } from "./hub-error.ts";
import { hubRepository, refuseOfficial } from "./hub-repository.ts";
import type { HubListing } from "./list-hub-tags.ts";

/** What a tag is removed with. */
export interface Untagger {
  readonly listing: HubListing;
  readonly resolve: RegistryAdapter["resolve"];
}

/**
 * Removes a tag by the Hub API after the registry has shown that it is where it is expected. There is no deletion on a
 * condition: what happens between the look and the deletion is not noticed. A tag that is gone is done.
 *
 * @throws BayplanError `TAG_MOVED`, `DENIED`, `UNAUTHORIZED`; `UNAVAILABLE` where it is not known to be removed.
 */
export async function untag(
  untagger: Untagger,
  order: { readonly target: TagReference; readonly expected: Digest },
  options: CallOptions,
): Promise<void> {
  const { target, expected } = order;
  const { listing } = untagger;
  refuseOfficial(target);
  const { namespace, name } = hubRepository(target);
  const doing = `Removing the tag ${formatReference(target)}`;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const shown = await look(untagger, target, call);
  if (shown === undefined) return;
  if (shown !== expected) {
    const message = `${doing} was refused: it shows ${shown} instead of ${expected}. Nothing was removed; plan again.`;
    throw new BayplanError("TAG_MOVED", message);
  }
  // Below `namespaces` the reference has no DELETE.
  const path = `/v2/repositories/${namespace}/${name}/tags/${target.tag}/`;
  let response: HttpResponse;
  try {
    // Not repeated: by then somebody may have written the tag anew.
    response = await listing.api.request({ method: "DELETE", path, retry: "never" }, call);
  } catch (error) {
    if (!isBayplanError(error) || (error.code !== "UNAVAILABLE" && error.code !== "TIMEOUT")) throw error;
    if ((await look(untagger, target, call)) === undefined) return;
    throw error;
  }
  if (response.status >= 200 && response.status < 300) return;
  const mayBeDone = response.status === 404 || response.status >= 500;
  if (mayBeDone && (await look(untagger, target, call)) === undefined) return;
  if (response.status !== 404) throw hubError(response, doing, listing.clock);
  throw new BayplanError(
    "DENIED",
    `${doing} was refused: the Hub API does not show it to this account. Log in as somebody who may delete there.`,
    { status: 404 },
  );
}

async function look(untagger: Untagger, target: TagReference, call: CallOptions): Promise<Digest | undefined> {
  const resolution = await untagger.resolve(target, call);
  if (resolution.state === "present") return resolution.descriptor.digest;
  if (resolution.state === "absent") return undefined;
  throw hidden(formatReference(target));
}

/** The error for what may be missing or closed, where that has to be known. */
export function hidden(what: string): BayplanError {
  return new BayplanError(
    "DENIED",
    `Docker Hub shows no ${what} to this account: it may be missing or closed. Check the name and the account's rights.`,
  );
}
