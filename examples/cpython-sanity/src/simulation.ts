import { join } from "node:path";
import { createGitHubCi } from "@bayplan/ci-github";
import { type CiAdapter, type ExecutePorts, type ObservePorts, parseInstant } from "@bayplan/core";
import { createOciRegistry } from "@bayplan/registry-oci";
import { systemClock } from "@bayplan/runtime";
import { createGitHubReleasesSource, createPythonOrgSource } from "@bayplan/sources";
import {
  createEmbeddedRegistry,
  createGitHubSimulator,
  type EmbeddedRegistry,
  type GitHubSimulator,
  type SimulatedGitRepository,
  serve,
} from "@bayplan/testkit";
import { numpyReleases, pythonOrgListing, scipyReleases } from "./upstream-releases.ts";
import { cpythonWorkflows } from "./workflows.ts";

/** How the world around the release is simulated. */
export interface SimulationOptions {
  /** Where the embedded registry keeps its images. */
  readonly stateDirectory: string;
  /** Names of images whose runs fail. */
  readonly failing?: readonly string[];
  /** Ask the real python.org and GitHub for versions. Default false: a local server stands in for them. */
  readonly live?: boolean;
  /** A registry to use instead of the embedded one, for example `http://127.0.0.1:5000`; without authentication. */
  readonly registryUrl?: string;
  /** What the GitHub adapter uses. Default: the simulator's own. */
  readonly token?: string;
  /** How long a simulated build takes. Default 300 ms. */
  readonly buildMs?: number;
}

/** The world around the release, and the ports that lead to it. */
export interface Simulation {
  readonly ports: ObservePorts & ExecutePorts & { readonly ci: CiAdapter };
  /** Host and port of the registry that images are pushed to. */
  readonly registryHost: string;
  readonly github: GitHubSimulator;
  /** Absent when a registry was passed in. */
  readonly registry?: EmbeddedRegistry;
  close(): Promise<void>;
}

const gitRepository = "nascheme/cpython_sanity";
const githubToken = "simulated-github-token";
const registryUser = { username: "simulated-user", password: "simulated-password" };

/** Starts a registry, a GitHub and a python.org on loopback sockets. Everything below talks to them over HTTP. */
export async function startSimulation(options: SimulationOptions): Promise<Simulation> {
  const registry = await startRegistry(options);
  const registryAccess = registry.embedded === undefined ? {} : { credentials: registryUser };
  const workflows = cpythonWorkflows({
    registry: { origin: registry.origin, ...registryAccess },
    failing: options.failing ?? [],
    buildMs: options.buildMs ?? 300,
  });
  const github = createGitHubSimulator({
    token: githubToken,
    repositories: {
      [gitRepository]: { workflows },
      "numpy/numpy": { workflows: {}, releases: releasesOf(numpyReleases()) },
      "scipy/scipy": { workflows: {}, releases: releasesOf(scipyReleases()) },
    },
  });
  const servedGitHub = await serve((request) => github.fetch(request));
  const servedPython = await serve(pythonOrg);
  const adapter = createOciRegistry({ id: "oci", hosts: [registry.host], ...registryAccess });
  const live = options.live === true;
  const upstream = live ? {} : { baseUrl: servedGitHub.origin, token: githubToken, pageSize: 30 };
  const ports = {
    registries: [adapter],
    ci: createGitHubCi({
      repository: gitRepository,
      token: options.token ?? githubToken,
      baseUrl: servedGitHub.origin,
      // Simulated builds take moments: asking every ten seconds, as one does of GitHub, would be all there is to see.
      pollMs: { first: 100, max: 1000 },
      throttle: false,
    }),
    sources: {
      "python.org": createPythonOrgSource(live ? {} : { baseUrl: servedPython.origin }),
      numpy: createGitHubReleasesSource({ repository: "numpy/numpy", ...upstream }),
      scipy: createGitHubReleasesSource({ repository: "scipy/scipy", ...upstream }),
    },
    clock: systemClock,
  };
  const close = async () => {
    await adapter.close();
    await Promise.all([servedGitHub.close(), servedPython.close(), registry.close()]);
  };
  const embedded = registry.embedded === undefined ? {} : { registry: registry.embedded };
  return { ports, registryHost: registry.host, github, ...embedded, close };
}

interface StartedRegistry {
  readonly origin: string;
  readonly host: string;
  readonly embedded?: EmbeddedRegistry;
  close(): Promise<void>;
}

async function startRegistry(options: SimulationOptions): Promise<StartedRegistry> {
  if (options.registryUrl !== undefined) {
    const url = new URL(options.registryUrl);
    return { origin: url.origin, host: url.host, close: async () => {} };
  }
  const embedded = createEmbeddedRegistry({
    storage: { directory: join(options.stateDirectory, "registry") },
    auth: { kind: "bearer", users: { [registryUser.username]: registryUser.password } },
  });
  const served = await serve((request) => embedded.fetch(request));
  return { origin: served.origin, host: served.host, embedded, close: () => served.close() };
}

async function pythonOrg(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname !== "/api/v2/downloads/release/") return new Response("Not Found", { status: 404 });
  return Response.json(pythonOrgListing());
}

function releasesOf(tags: readonly string[]): NonNullable<SimulatedGitRepository["releases"]> {
  const newest = Date.parse("2026-10-01T00:00:00Z");
  return tags.map((tag, index) => ({
    tag,
    createdAt: parseInstant(new Date(newest - index * 86_400_000).toISOString()),
    prerelease: /rc\d+$/.test(tag),
  }));
}
