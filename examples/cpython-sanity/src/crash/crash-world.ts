import { createGitHubCi } from "@bayplan/ci-github";
import { defineConfig, type ExecutePorts, type Family, type FamilyConfig, type ObservePorts } from "@bayplan/core";
import { createOciRegistry } from "@bayplan/registry-oci";
import { systemClock } from "@bayplan/runtime";
import { createFixedListSource } from "@bayplan/sources";
import {
  type BuiltImage,
  createEmbeddedRegistry,
  createGitHubSimulator,
  type EmbeddedRegistry,
  type GitHubSimulator,
  pushImage,
} from "@bayplan/testkit";
import { carefulWorkflows } from "./careful-workflows.ts";
import { crashFamily, gitRepository, newVersion } from "./crash-family.ts";
import { type CrashServers, openCrashServers } from "./crash-servers.ts";
import type { CrashState } from "./crash-state.ts";
import { readImage } from "./read-image.ts";

/** Images that are there before anything happens, by `repository:tag`; a tag without an image shows that of another. */
export interface SeededTag {
  readonly server: "registry" | "copies";
  readonly repository: string;
  readonly tag: string;
  readonly image: BuiltImage;
}

/** Two registries and a GitHub behind sockets, which begin anew as often as one likes. */
export interface CrashWorld {
  readonly servers: CrashServers;
  readonly family: Family;
  readonly definition: FamilyConfig;
  /** For this process; those that are killed make their own. */
  readonly ports: ObservePorts & ExecutePorts;
  readonly token: string;
  readonly github: GitHubSimulator;
  /** Throws away what happened and puts the images there that were there before. */
  reset(seed: readonly SeededTag[]): Promise<void>;
  /** Runs that are started from now on build nothing until GitHub was asked by who comes next. */
  holdRuns(): void;
  /** Lets them go when a request to GitHub was answered. */
  releaseRunsOnAnswer(): void;
  /** Waits for all runs. */
  settled(): Promise<void>;
  state(): Promise<CrashState>;
  /** What is there now, so that another world, or this one, can begin with it. */
  asSeed(): Promise<readonly SeededTag[]>;
  close(): Promise<void>;
}

const token = "simulated-github-token";

/** Opens a world; it is empty until its first reset. */
export async function openCrashWorld(): Promise<CrashWorld> {
  const servers = await openCrashServers(["registry", "copies", "github"]);
  const hosts = { registry: servers.hosts["registry"] ?? "", copies: servers.hosts["copies"] ?? "" };
  const definition = crashFamily(hosts);
  const adapters = Object.values(hosts).map((host) => createOciRegistry({ id: host, hosts: [host] }));
  let registries: Readonly<Record<"registry" | "copies", EmbeddedRegistry>>;
  let github: GitHubSimulator;
  let stored = new Map<string, Set<string>>();
  let runs: Record<string, number> = {};
  let hold: { readonly opened: Promise<void>; readonly open: () => void } | undefined;

  const note = async (server: string, repository: string, response: Response) => {
    const digest = response.headers.get("docker-content-digest");
    if (digest === null) return;
    stored.set(`${server}/${repository}`, (stored.get(`${server}/${repository}`) ?? new Set()).add(digest));
  };
  const handlerOf = (server: "registry" | "copies") => {
    const registry = createEmbeddedRegistry();
    const handle = async (request: Request) => {
      const response = await registry.fetch(request);
      const [, repository] = /^\/v2\/(.+)\/manifests\/[^/]+$/.exec(new URL(request.url).pathname) ?? [];
      if (repository !== undefined && request.method === "PUT" && response.ok) await note(server, repository, response);
      return response;
    };
    return { registry, handle };
  };

  return {
    servers,
    definition,
    family: defineConfig(definition),
    token,
    ports: {
      registries: adapters,
      ci: createGitHubCi({
        repository: gitRepository,
        token,
        baseUrl: `http://${servers.hosts["github"]}`,
        throttle: false,
      }),
      sources: {
        "python.org": createFixedListSource("python.org", [{ raw: newVersion }]),
        numpy: createFixedListSource("numpy", [{ raw: "v2.4.2" }]),
        scipy: createFixedListSource("scipy", [{ raw: "v1.17.0" }]),
      },
      clock: systemClock,
    },
    get github() {
      return github;
    },
    async reset(seed) {
      hold = undefined;
      stored = new Map();
      const counted: Record<string, number> = {};
      runs = counted;
      const [registry, copies] = [handlerOf("registry"), handlerOf("copies")];
      registries = { registry: registry.registry, copies: copies.registry };
      const workflows = carefulWorkflows({
        registry: { origin: `http://${hosts.registry}`, fetch: (request) => servers.send("registry", request) },
        snapshot: () => registry.registry.snapshot(),
        begin: () => hold?.opened ?? Promise.resolve(),
        done: (what) => {
          counted[what] = (counted[what] ?? 0) + 1;
        },
      });
      github = createGitHubSimulator({ token, repositories: { [gitRepository]: { workflows } } });
      const access = { registry: registry.handle, copies: copies.handle };
      for (const { server, repository, tag, image } of seed) {
        await pushImage({ origin: "http://seed.invalid", fetch: access[server], repository, tag, image });
      }
      servers.replace({ ...access, github: (request) => github.fetch(request) });
    },
    holdRuns() {
      let open = () => {};
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      hold = { opened, open };
    },
    releaseRunsOnAnswer() {
      servers.onAnswer("github", () => hold?.open());
    },
    settled: () => github.settled(),
    async state() {
      const manifests: string[] = [];
      for (const [place, digests] of stored) {
        const [server, ...path] = place.split("/");
        const registry = registries[server === "copies" ? "copies" : "registry"];
        for (const digest of digests) {
          const url = `http://seed.invalid/v2/${path.join("/")}/manifests/${digest}`;
          const headers = { accept: "*/*" };
          const answer = await registry.fetch(new Request(url, { method: "HEAD", headers }));
          if (answer.status === 200) manifests.push(`${place}@${digest}`);
        }
      }
      const tags = Object.entries(registries).flatMap(([server, registry]) =>
        Object.entries(registry.snapshot()).flatMap(([repository, byTag]) =>
          Object.entries(byTag).map(([tag, digest]) => [`${server}/${repository}:${tag}`, digest] as const),
        ),
      );
      return {
        tags: Object.fromEntries(tags.toSorted(([left], [right]) => (left < right ? -1 : 1))),
        manifests: manifests.toSorted(),
        runs: Object.fromEntries(
          Object.entries(runs)
            .map(([destination, count]) => [destination.slice(destination.indexOf("/") + 1), count] as const)
            .toSorted(([left], [right]) => (left < right ? -1 : 1)),
        ),
      };
    },
    async asSeed() {
      const seed: SeededTag[] = [];
      for (const server of ["registry", "copies"] as const) {
        for (const [repository, tags] of Object.entries(registries[server].snapshot())) {
          for (const [tag, digest] of Object.entries(tags)) {
            seed.push({ server, repository, tag, image: await readImage(registries[server], { repository, digest }) });
          }
        }
      }
      return seed;
    },
    async close() {
      await Promise.all(adapters.map((adapter) => adapter.close()));
      await servers.close();
    },
  };
}
