import { instantToMs } from "@bayplan/core";
import { type GitHubAddresses, idOf, userDocument } from "./repository-document.ts";
import type { SimulatedRelease } from "./simulated-workflow.ts";

/** The published releases as documents, newest created first. */
export function releaseDocuments(
  releases: readonly SimulatedRelease[],
  fullName: string,
  at: GitHubAddresses,
): readonly Record<string, unknown>[] {
  return releases
    .filter((release) => release.draft !== true)
    .toSorted((left, right) => instantToMs(right.createdAt) - instantToMs(left.createdAt))
    .map((release) => releaseDocument(release, fullName, at));
}

function releaseDocument(release: SimulatedRelease, fullName: string, at: GitHubAddresses): Record<string, unknown> {
  const id = idOf(`${fullName} release ${release.tag}`);
  const repositoryUrl = `${at.api}/repos/${fullName}`;
  const url = `${repositoryUrl}/releases/${id}`;
  return {
    url,
    assets_url: `${url}/assets`,
    upload_url: `${url}/assets{?name,label}`,
    html_url: `${at.site}/${fullName}/releases/tag/${release.tag}`,
    id,
    node_id: `RE_${id}`,
    author: userDocument(fullName.split("/")[0] ?? "", at),
    tag_name: release.tag,
    target_commitish: "main",
    name: release.name ?? release.tag,
    draft: false,
    prerelease: release.prerelease ?? false,
    created_at: release.createdAt,
    published_at: release.publishedAt ?? release.createdAt,
    assets: [],
    tarball_url: `${repositoryUrl}/tarball/${release.tag}`,
    zipball_url: `${repositoryUrl}/zipball/${release.tag}`,
    body: release.body ?? "",
  };
}
