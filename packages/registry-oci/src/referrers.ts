import {
  BayplanError,
  type CallOptions,
  type Clock,
  type Descriptor,
  type DigestReference,
  digestOf,
  formatReference,
  instantToMs,
  isIndexMediaType,
  mediaTypes,
  parseManifest,
  tagReference,
} from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";
import { askReferrers } from "./ask-referrers.ts";
import { nextPage } from "./next-page.ts";
import { isPage, ociErrorCodes, registryError } from "./oci-errors.ts";
import { fetchManifest } from "./read-manifest.ts";
import type { RegistryClient } from "./registry-client.ts";

/** How referrers are listed. */
export interface ReferrersOptions extends CallOptions {
  /** Only referrers of this type. Default all. */
  readonly artifactType?: string;
}

/** Lists the manifests whose `subject` is another one. */
export type ListReferrers = (subject: DigestReference, options: ReferrersOptions) => AsyncGenerator<Descriptor>;

const capabilityKeptMs = 300_000;

/**
 * Referrers by the API, else from the index under the fallback tag. Which of the two a host has is learnt from its
 * first answer and remembered for five minutes: registries are upgraded while programmes run.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export function createReferrersList(
  client: RegistryClient,
  settings: { readonly clock: Clock; readonly maxPages: number },
): ListReferrers {
  const lacking = new Map<string, number>();
  const { clock, maxPages } = settings;

  async function* fromApi(subject: DigestReference, options: ReferrersOptions): AsyncGenerator<Descriptor, boolean> {
    const doing = `Listing the referrers of ${formatReference(subject)}`;
    const { artifactType, ...call } = options;
    const query = artifactType === undefined ? "" : `?artifactType=${encodeURIComponent(artifactType)}`;
    const common = { method: "GET", actions: "pull", headers: { accept: mediaTypes.ociIndex } } as const;
    let at: { path: string } | { url: URL } = { path: `referrers/${subject.digest}${query}` };
    const visited = new Set<string>();
    for (let page = 1; ; page += 1) {
      const request = { ...common, ...at };
      const response: HttpResponse | undefined =
        page === 1
          ? await askReferrers(client, { subject, request }, call)
          : await client.request(subject, request, call);
      if (response === undefined || (page === 1 && isMissing(response))) {
        // An unknown repository says nothing about the API.
        if (!ociErrorCodes(response?.body)?.includes("NAME_UNKNOWN"))
          lacking.set(subject.registry, instantToMs(clock.now()) + capabilityKeptMs);
        return false;
      }
      if (response.status === 404) throw new BayplanError("INCOMPLETE", `${doing} failed: a later page is gone.`);
      if (response.status !== 200) throw registryError(response, doing);
      const isFiltered = /\bartifactType\b/.test(response.headers.get("oci-filters-applied") ?? "");
      yield* matching(indexIn(response.body), isFiltered ? undefined : artifactType);
      visited.add(response.url);
      const url = nextPage(response, doing);
      if (url === undefined) return true;
      if (visited.has(url.href) || page >= maxPages) {
        throw new BayplanError(
          "RESPONSE_INVALID",
          `${doing} failed: the pages do not end. Ask the registry's operator.`,
        );
      }
      at = { url };
    }
  }

  return async function* list(subject, options) {
    const given = new Set<string>();
    const untilMs = lacking.get(subject.registry) ?? 0;
    let isDone = false;
    if (instantToMs(clock.now()) >= untilMs) {
      const pages = fromApi(subject, options);
      for (;;) {
        const next = await pages.next();
        if (next.done === true) {
          isDone = next.value;
          break;
        }
        if (given.has(next.value.digest)) continue;
        given.add(next.value.digest);
        yield next.value;
      }
    }
    if (!isDone) yield* fromFallbackTag(client, subject, options);
  };
}

/** The tag under which clients keep the referrers where the registry has no API for them. */
export function fallbackTag(digest: string): string {
  const [algorithm = "", encoded = ""] = digest.split(":");
  return `${algorithm.slice(0, 32)}-${encoded.slice(0, 64)}`;
}

async function* fromFallbackTag(
  client: RegistryClient,
  subject: DigestReference,
  options: ReferrersOptions,
): AsyncGenerator<Descriptor> {
  const { artifactType, ...call } = options;
  const stored = await fetchManifest(client, tagReference(subject, fallbackTag(subject.digest)), call);
  // GitLab takes the tag for the digest and gives the subject: https://github.com/oras-project/oras-go/issues/1396
  if (stored === undefined || stored.descriptor.digest === subject.digest) return;
  if (!isIndexMediaType(stored.descriptor.mediaType)) {
    const doing = `Listing the referrers of ${formatReference(subject)}`;
    throw new BayplanError("RESPONSE_INVALID", `${doing} failed: their tag shows something that is not an index.`);
  }
  yield* matching(indexIn(stored.bytes), artifactType);
}

function indexIn(bytes: Uint8Array): readonly Descriptor[] {
  const descriptor = { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.byteLength };
  const index = parseManifest({ descriptor, bytes });
  return index.kind === "index" ? index.manifests : [];
}

function* matching(descriptors: readonly Descriptor[], artifactType: string | undefined): Generator<Descriptor> {
  for (const one of descriptors) if (artifactType === undefined || one.artifactType === artifactType) yield one;
}

// Registries without the API answer 404, or 405, or show their web pages.
function isMissing(response: HttpResponse): boolean {
  if (response.status === 404 || response.status === 405 || response.status === 501) return true;
  return (
    response.status === 200 && (isPage(response) || !/index\.v1\+json/.test(response.headers.get("content-type") ?? ""))
  );
}
