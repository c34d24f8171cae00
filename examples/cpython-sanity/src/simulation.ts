import { join } from "node:path";
import { createGitHubCi } from "@bayplan/ci-github";
import {
  type CiAdapter,
  type ExecutePorts,
  formatRepository,
  type ObservePorts,
  type Plan,
  parseInstant,
} from "@bayplan/core";
import { systemClock } from "@bayplan/runtime";
import { createGitHubReleasesSource, createPythonOrgSource } from "@bayplan/sources";
import {
  createGitHubSimulator,
  type EmbeddedRegistry,
  type GitHubSimulator,
  type SimulatedGitRepository,
  serve,
} from "@bayplan/testkit";
import { type SimulatedRegistryOptions, startEmbedded, startSimulatedRegistry } from "./simulated-registry.ts";
import { numpyReleases, pythonOrgListing, scipyReleases } from "./upstream-releases.ts";
import { cpythonWorkflows } from "./workflows.ts";

/** How the world around the release is simulated. */
export interface SimulationOptions extends SimulatedRegistryOptions {
  /** Names of images whose runs fail. */
  readonly failing?: readonly string[];
  /** Ask the real python.org and GitHub for versions. Default false: a local server stands in for them. */
  readonly live?: boolean;
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
  /** Of a second registry that everything is copied to. Only with the registry `embedded`. */
  readonly mirrorHost?: string;
  /** Only of the registry `embedded`. */
  readonly registry?: EmbeddedRegistry;
  /** Before a plan is executed: creates the repositories that its images go to, where pushing does not. */
  prepare(plan: Plan): Promise<void>;
  close(): Promise<void>;
}

const gitRepository = "nascheme/cpython_sanity";
const githubToken = "simulated-github-token";

/** Starts one or two registries, a GitHub and a python.org. Everything below talks to them over HTTP. */
export async function startSimulation(options: SimulationOptions): Promise<Simulation> {
  const registry = await startSimulatedRegistry(options);
  const mirror =
    registry.embedded === undefined ? undefined : await startEmbedded(join(options.stateDirectory, "mirror"));
  const workflows = cpythonWorkflows({
    registry: registry.access,
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
  const live = options.live === true;
  const upstream = live ? {} : { baseUrl: servedGitHub.origin, token: githubToken, pageSize: 30 };
  const ports = {
    registries: [registry.adapter, ...(mirror === undefined ? [] : [mirror.adapter])],
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
    await Promise.all([servedGitHub.close(), servedPython.close(), registry.close(), mirror?.close()]);
  };
  const prepare = async (plan: Plan) => {
    const built = plan.steps.flatMap((step) => (step.kind === "build" ? [step.repository] : []));
    const names = new Map(built.map((name) => [formatRepository(name), name]));
    await registry.ensureRepositories?.([...names.values()]);
  };
  const embedded = registry.embedded === undefined ? {} : { registry: registry.embedded };
  const mirrored = mirror === undefined ? {} : { mirrorHost: mirror.host };
  return { ports, registryHost: registry.host, ...mirrored, github, ...embedded, prepare, close };
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
