import { createGitHubCi } from "@bayplan/ci-github";
import {
  createPlan,
  defineConfig,
  execute,
  observeState,
  parseManifest,
  parseReference,
  renderPlan,
} from "@bayplan/core";
import { createOciRegistry } from "@bayplan/registry-oci";
import { createFixedListSource } from "@bayplan/sources";
import {
  buildImage,
  createEmbeddedRegistry,
  createGitHubSimulator,
  createVirtualClock,
  type EmbeddedRegistryOptions,
  pushImage,
} from "@bayplan/testkit";
import { describe, expect, it } from "vitest";
import { cpythonSanity } from "./family.ts";
import { cpythonWorkflows } from "./workflows.ts";

const host = "registry.example";
const user = { username: "robot", password: "s3cret-of-the-robot" };

/** The thread without sockets and on a virtual clock: faults are put where they hurt, waits cost nothing. */
function createWorld(
  options: { readonly registry?: EmbeddedRegistryOptions; readonly failing?: readonly string[] } = {},
) {
  const clock = createVirtualClock({ auto: true });
  const auth = { kind: "bearer", users: { [user.username]: user.password }, tokenLifetimeMs: 60_000 } as const;
  const registry = createEmbeddedRegistry({ auth, clock, ...options.registry });
  const access = { origin: `https://${host}`, credentials: user, fetch: (request: Request) => registry.fetch(request) };
  const workflows = cpythonWorkflows({ registry: access, failing: options.failing ?? [], buildMs: 0 });
  const github = createGitHubSimulator({
    clock,
    token: "t",
    repositories: { "nascheme/cpython_sanity": { workflows } },
  });
  const fetchOf = (handler: (request: Request) => Promise<Response>) => {
    return (input: string | URL | Request, init?: RequestInit) => handler(new Request(input, init));
  };
  const ports = {
    registries: [createOciRegistry({ hosts: [host], credentials: user, clock, fetch: fetchOf(registry.fetch) })],
    ci: createGitHubCi({
      repository: "nascheme/cpython_sanity",
      token: "t",
      clock,
      throttle: false,
      fetch: fetchOf(github.fetch),
    }),
    sources: {
      "python.org": createFixedListSource("python.org", [{ raw: "3.14.4" }, { raw: "3.15.0b1", prerelease: true }]),
      numpy: createFixedListSource("numpy", [{ raw: "v2.4.2" }]),
      scipy: createFixedListSource("scipy", [{ raw: "v1.17.0" }]),
    },
    clock,
  };
  // Each image by itself: what one fault does to the others is the chaos run's.
  const { release: _release, test: _test, ...config } = cpythonSanity(host);
  const family = defineConfig(config);
  const push = async (image: string, tag: string, content = tag) => {
    const built = await buildImage({ platforms: ["linux/amd64", "linux/arm64"], files: { content }, index: true });
    return pushImage({ ...access, repository: `nascheme/${image}`, tag, image: built });
  };
  const makePlan = async () => createPlan(family, await observeState(family, ports), clock.now());
  const run = (plan: Awaited<ReturnType<typeof makePlan>>, options: { readonly onDrift?: "abort" | "pinned" } = {}) =>
    execute(plan, ports, { definition: family, ...options }).result;
  const tagsOf = (image: string) => registry.snapshot()[`nascheme/${image}`] ?? {};
  return { clock, registry, github, ports, family, push, makePlan, run, tagsOf };
}

describe("the thread, through faults", () => {
  it("reads three pages of tags to the end although the second one fails once", async () => {
    const world = createWorld({ registry: { pageSize: 2 } });
    // The highest release stands on the last page: who stops early moves the alias back.
    for (const tag of ["3.14.0t", "3.14.1t", "3.14.2t", "3.14.3t", "3.14.9t"]) await world.push("cpython-tsan", tag);
    const fault = world.registry.inject({
      match: (request) => request.url.includes("cpython-tsan/tags/list") && request.url.includes("last="),
      effect: { status: 503 },
    });
    const plan = await world.makePlan();
    expect(fault.hits).toBe(1);
    const node = plan.nodes.find((candidate) => candidate.id === "cpython-tsan@3.14.4t");
    expect(node?.withheld).toMatchObject([{ tag: "3.14t", reasons: [{ code: "not-highest", highest: "3.14.9t" }] }]);
  });

  it("does not notice that its token expires in the middle", async () => {
    const world = createWorld();
    world.registry.inject({
      match: { method: "PUT", path: /numpy-tsan\/manifests\/3\.14\.4t/ },
      effect: { before: () => world.clock.advance(3_600_000) },
    });
    const result = await world.run(await world.makePlan());
    expect(result.outcomes.filter((outcome) => outcome.state === "failed")).toEqual([]);
    expect(result.state).toBe("complete");
    expect(JSON.stringify([result, world.registry.log])).not.toContain(user.password);
  });

  it("refuses to move a tag that somebody else moved after the plan was made", async () => {
    const world = createWorld();
    await world.push("cpython-tsan", "3.14.3t");
    await world.push("cpython-tsan", "3.14t", "3.14.3t");
    const plan = await world.makePlan();
    const theirs = await world.push("cpython-tsan", "3.14t", "somebody else's");
    const stale = await world.run(plan);
    expect([stale.state, stale.drift?.length, world.tagsOf("scipy-tsan")]).toEqual(["stale", 1, {}]);
    const result = await world.run(plan, { onDrift: "pinned" });
    expect(result.state).toBe("partial");
    const outcome = result.outcomes.find((candidate) => candidate.step === "tag:cpython-tsan@3.14.4t:3.14t");
    expect(outcome).toMatchObject({ state: "failed", code: "TAG_MOVED" });
    expect(world.tagsOf("cpython-tsan")["3.14t"]).toBe(theirs);
    expect(world.tagsOf("scipy-tsan")["3.14.4t"]).toBeDefined();
  });

  it("ends the wait for a failed run at once, skips what is built on it, and recovers by itself", async () => {
    const failing = ["numpy-tsan"];
    const world = createWorld({ failing });
    const started = world.clock.now();
    const plan = await world.makePlan();
    const result = await world.run(plan);
    const failed = result.outcomes.filter((outcome) => outcome.state === "failed");
    expect(failed.map((outcome) => outcome.step).sort()).toEqual([
      "await:numpy-tsan@3.14.4t",
      "await:numpy-tsan@3.15.0b1t",
    ]);
    expect(failed).toMatchObject([{ code: "RUN_FAILED" }, { code: "RUN_FAILED" }]);
    expect(world.tagsOf("numpy-asan")["3.14.4t"]).toBeDefined();
    expect(world.tagsOf("scipy-tsan")).toEqual({});
    const waitedMs = Date.parse(world.clock.now()) - Date.parse(started);
    expect(waitedMs).toBeLessThan(5_400_000 / 10);

    failing.length = 0;
    const again = await world.run(plan);
    expect(again.state).toBe("complete");
    const attempts = world.github.runs
      .filter((run) => run.workflow === "numpy-tsan.yml")
      .map((run) => run.displayTitle);
    expect(attempts.filter((title) => title.includes(".2]"))).toHaveLength(2);
    // Eleven images; two of them were built twice and scipy only in the end.
    expect(world.github.runs).toHaveLength(13);
    expect((await world.makePlan()).steps).toEqual([]);
  });

  it("says why nothing is done when a registry does not answer truthfully", async () => {
    const world = createWorld();
    world.registry.inject({
      match: { path: /cpython-tsan\/manifests/ },
      times: 1000,
      effect: { status: 429 },
    });
    const plan = await world.makePlan();
    const states = Object.fromEntries(plan.nodes.map((node) => [node.id, node.state.state]));
    expect(states).toMatchObject({
      "cpython-tsan@3.14.4t": "unknown",
      "numpy-tsan@3.14.4t": "blocked",
      "scipy-tsan@3.14.4t": "blocked",
      "cpython-asan@3.14.4t": "queued",
      "numpy-asan@3.14.4t": "queued",
    });
    expect(renderPlan(plan, "text")).toContain("RATE_LIMITED");
  });

  it("never copies by rewriting: the promoted index is the pushed one, byte for byte", async () => {
    const world = createWorld();
    await world.run(await world.makePlan());
    const [registry] = world.ports.registries;
    const read = (tag: string) => registry?.fetchManifest(parseReference(`${host}/nascheme/cpython-tsan:${tag}`));
    const staged = Object.keys(world.tagsOf("cpython-tsan")).filter((tag) => tag.startsWith("bp-"));
    const [exact, alias] = [await read("3.14.4t"), await read("3.14t")];
    const pushed = await Promise.all(staged.map(read));
    expect(exact?.bytes).toEqual(alias?.bytes);
    expect(pushed.map((stored) => stored?.descriptor.digest)).toContain(exact?.descriptor.digest);
    expect(exact === undefined ? undefined : parseManifest(exact).kind).toBe("index");
  });
});
