import {
  BayplanError,
  type CallOptions,
  type Descriptor,
  type DigestReference,
  digestReference,
  formatReference,
  isBayplanError,
  isIndexMediaType,
  type RegistryAdapter,
  type StoredBytes,
} from "@bayplan/core";
import type { OciRegistry, ReferrersOptions } from "@bayplan/registry-oci";
import type { Packages } from "./packages.ts";
import { SubjectShape } from "./schema.ts";

type ListReferrers = OciRegistry["referrers"]["list"];

/** What referrers are looked for with; `fetchManifest` reads through the manifest cache. */
interface FindSubjectsContext {
  readonly list: ListReferrers;
  readonly packages: Packages;
  readonly fetchManifest: RegistryAdapter["fetchManifest"];
  readonly maxReads: number;
}

/**
 * Referrers where the registry takes notice of `subject` and lists nothing: those of the fallback tag, and those that are
 * found by reading the other manifests of the package, newest first, each once per cache.
 *
 * Throws `INCOMPLETE` at the end when there are more manifests than may be read: what is missing is then not known.
 */
export function createSubjectSearch(context: FindSubjectsContext): ListReferrers {
  const { list, packages, fetchManifest, maxReads } = context;

  async function* search(subject: DigestReference, call: CallOptions): AsyncGenerator<Descriptor> {
    let reads = 0;
    for await (const page of packages.pages(subject, call)) {
      for (const { digest } of page) {
        if (digest === subject.digest) continue;
        if (reads >= maxReads) throw tooMany(subject, maxReads);
        reads += 1;
        const stored = await fetchManifest(digestReference(subject, digest), call);
        const referrer = stored === undefined ? undefined : describe(stored, subject);
        if (referrer !== undefined) yield referrer;
      }
    }
  }

  return async function* (subject, options: ReferrersOptions = {}) {
    const { artifactType, ...call } = options;
    const given = new Set<string>();
    for await (const one of list(subject, options)) {
      given.add(one.digest);
      yield one;
    }
    try {
      for await (const one of search(subject, call)) {
        if (given.has(one.digest) || (artifactType !== undefined && one.artifactType !== artifactType)) continue;
        yield one;
      }
    } catch (error) {
      // No package, no referrers; as without this search.
      if (!isBayplanError(error) || error.code !== "NOT_FOUND") throw error;
    }
  };
}

/** As it would stand in the answer of a referrers API; `undefined` for what refers to something else or to nothing. */
function describe({ descriptor, bytes }: StoredBytes, subject: DigestReference): Descriptor | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  const parsed = SubjectShape.safeParse(value);
  if (!parsed.success || parsed.data.subject.digest !== subject.digest) return undefined;
  const { mediaType, digest, size } = descriptor;
  const { annotations, config } = parsed.data;
  const artifactType = parsed.data.artifactType || (isIndexMediaType(mediaType) ? undefined : config?.mediaType);
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function tooMany(subject: DigestReference, maxReads: number): BayplanError {
  return new BayplanError(
    "INCOMPLETE",
    `Listing the referrers of ${formatReference(subject)} ended after ${maxReads} manifests. Raise maxSubjectReads, or set it to 0 to do without.`,
  );
}
