import { createVersionScheme, selectVersion, type VersionCandidate, type VersionSource } from "@bayplan/core";
import { createGitHubReleasesSource, createPythonOrgSource } from "@bayplan/sources";
import { createVirtualClock } from "@bayplan/testkit";
import { z } from "zod";

const LatestInput = z.object({
  listing: z.unknown(),
  prefix: z.string(),
  include_prereleases: z.boolean(),
  network_error: z.boolean().optional(),
});
const GitHubInput = z.object({ response: z.unknown(), network_error: z.boolean().optional() });

/** The newest version of a line, from the listing as python.org would answer it. */
export async function checkCpythonLatest(input: unknown): Promise<unknown> {
  const { listing, prefix, include_prereleases: prereleases, network_error: isDown } = LatestInput.parse(input);
  const fetch = answering(isDown === true || listing === null || listing === undefined ? undefined : listing);
  const source = createPythonOrgSource({ fetch, clock: createVirtualClock({ auto: true }) });
  const version = await newest(source, { scheme: "cpython-tag", line: prefix, prereleases });
  return { version };
}

/** The newest release, from the one release as GitHub would list it. */
export async function checkGitHubLatest(input: unknown): Promise<unknown> {
  const { response, network_error: isDown } = GitHubInput.parse(input);
  const fetch = answering(isDown === true || response === null ? undefined : [response]);
  const clock = createVirtualClock({ auto: true });
  const source = createGitHubReleasesSource({ repository: "numpy/numpy", fetch, clock });
  return { tag: await newest(source, { scheme: "semver" }) };
}

async function newest(
  source: VersionSource,
  wanted: { readonly scheme: string; readonly line?: string; readonly prereleases?: boolean },
): Promise<string | null> {
  const listing = source.list();
  const candidates: VersionCandidate[] = [];
  for await (const candidate of listing) candidates.push(candidate);
  const selector = { ...wanted, scheme: createVersionScheme(wanted.scheme) };
  const selection = selectVersion(candidates, selector, createVirtualClock().now(), listing.completeness());
  return selection.state === "picked" ? selection.version.raw : null;
}

/** A server with one document; `undefined` means it cannot be reached. */
function answering(document: unknown): () => Promise<Response> {
  return async () => {
    if (document === undefined) throw new TypeError("fetch failed");
    return Response.json(document);
  };
}
