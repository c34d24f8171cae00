import { createHash } from "node:crypto";

/** Where the links in answers lead: the API as the client reached it, and the site for people. */
export interface GitHubAddresses {
  readonly api: string;
  readonly site: string;
}

/** A stable positive number for a name, as GitHub's ids are. */
export function idOf(name: string): number {
  return createHash("sha256").update(name).digest().readUInt32BE(0) + 1;
}

/** A stable commit id for a name. */
export function commitOf(name: string): string {
  return createHash("sha1").update(name).digest("hex");
}

/** `simple-user` of GitHub's OpenAPI description. */
export function userDocument(login: string, at: GitHubAddresses): Record<string, unknown> {
  const url = `${at.api}/users/${login}`;
  return {
    login,
    id: idOf(login),
    node_id: `U_${idOf(login)}`,
    avatar_url: `${at.site}/${login}.png`,
    gravatar_id: "",
    url,
    html_url: `${at.site}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: "User",
    site_admin: false,
  };
}

// The templates of `minimal-repository`: name of the member without `_url`, path below the repository.
const repositoryLinks: Readonly<Record<string, string>> = {
  archive: "{archive_format}{/ref}",
  assignees: "assignees{/user}",
  blobs: "git/blobs{/sha}",
  branches: "branches{/branch}",
  collaborators: "collaborators{/collaborator}",
  comments: "comments{/number}",
  commits: "commits{/sha}",
  compare: "compare/{base}...{head}",
  contents: "contents/{+path}",
  contributors: "contributors",
  deployments: "deployments",
  downloads: "downloads",
  events: "events",
  forks: "forks",
  git_commits: "git/commits{/sha}",
  git_refs: "git/refs{/sha}",
  git_tags: "git/tags{/sha}",
  hooks: "hooks",
  issue_comment: "issues/comments{/number}",
  issue_events: "issues/events{/number}",
  issues: "issues{/number}",
  keys: "keys{/key_id}",
  labels: "labels{/name}",
  languages: "languages",
  merges: "merges",
  milestones: "milestones{/number}",
  notifications: "notifications{?since,all,participating}",
  pulls: "pulls{/number}",
  releases: "releases{/id}",
  stargazers: "stargazers",
  statuses: "statuses/{sha}",
  subscribers: "subscribers",
  subscription: "subscription",
  tags: "tags",
  teams: "teams",
  trees: "git/trees{/sha}",
};

/** `minimal-repository` of GitHub's OpenAPI description. */
export function repositoryDocument(fullName: string, at: GitHubAddresses): Record<string, unknown> {
  const [owner = "", name = ""] = fullName.split("/");
  const url = `${at.api}/repos/${fullName}`;
  const links = Object.entries(repositoryLinks).map(([key, path]) => [`${key}_url`, `${url}/${path}`] as const);
  return {
    id: idOf(fullName),
    node_id: `R_${idOf(fullName)}`,
    name,
    full_name: fullName,
    private: false,
    owner: userDocument(owner, at),
    html_url: `${at.site}/${fullName}`,
    description: null,
    fork: false,
    url,
    ...Object.fromEntries(links),
  };
}
