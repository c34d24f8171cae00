import { readFileSync } from "node:fs";
import * as ciGitHub from "@bayplan/ci-github";
import * as core from "@bayplan/core";
import * as ghcr from "@bayplan/registry-ghcr";
import * as sources from "@bayplan/sources";
import {
  buildImage,
  createEmbeddedRegistry,
  createGitHubSimulator,
  createVirtualClock,
  pullBase,
  pushImage,
  type RegistryAccess,
  type SimulatedRunContext,
  type SimulatedWorkflow,
} from "@bayplan/testkit";
import ts from "typescript";
import { expect, it } from "vitest";

const source = readFileSync(new URL("./main.ts", import.meta.url), "utf8");

it("is the example that the README shows", () => {
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  expect(/```ts\n([\s\S]*?)```/.exec(readme)?.[1]).toBe(source);
});

it("releases both images on GHCR when it is executed as it stands", async () => {
  const world = createWorld();
  const lines = await world.run(source);
  expect(lines[0]).toContain("2 images to build, 4 tags to write");
  expect(lines.slice(1)).toHaveLength(10);
  expect(lines.slice(1).every((line) => line.endsWith(" done"))).toBe(true);
  const tags = world.registry.snapshot();
  expect(Object.keys(tags).sort()).toEqual(["nascheme/cpython-tsan", "nascheme/numpy-tsan"]);
  for (const repository of Object.values(tags)) expect(repository["3.14.4t"]).toBe(repository["3.14t"]);

  const again = await world.run(source);
  expect(again).toHaveLength(1);
  expect(again[0]).toContain("nothing to do");
});

/** GHCR, GitHub and python.org without sockets: only the network is replaced, the example's code runs unchanged. */
function createWorld() {
  const clock = createVirtualClock({ auto: true });
  const token = "readme-token";
  const user = { username: "token", password: token };
  const registry = createEmbeddedRegistry({ auth: { kind: "bearer", users: { token } }, clock });
  const access = { origin: "https://ghcr.io", credentials: user, fetch: (request: Request) => registry.fetch(request) };
  const workflow = (extra: SimulatedWorkflow["inputs"]): SimulatedWorkflow => ({
    inputs: { bayplan_key: {}, version: {}, destination: {}, ...extra },
    runName: (inputs) => `build [${inputs["bayplan_key"]}]`,
    run: (context) => build(context, access),
  });
  const workflows = { "cpython.yml": workflow({}), "numpy.yml": workflow({ base: { required: true } }) };
  const github = createGitHubSimulator({ clock, token, repositories: { "nascheme/cpython_sanity": { workflows } } });
  const listing = ["3.13.13", "3.14.3", "3.14.4", "3.15.0b1"].map((version) => ({
    ...{ name: `Python ${version}`, slug: version, version: 3, is_published: true, is_latest: false },
    ...{ release_date: "2026-04-07T12:00:00Z", pre_release: version.includes("b"), release_page: null },
    ...{ release_notes_url: "", show_on_download_page: true, resource_uri: "https://www.python.org/1/" },
  }));
  const fetchOf = (handler: (request: Request) => Promise<Response>) => {
    return (input: string | URL | Request, init?: RequestInit) => handler(new Request(input, init));
  };
  const modules: Readonly<Record<string, object>> = {
    "@bayplan/core": core,
    "@bayplan/runtime": { systemClock: clock },
    "@bayplan/registry-ghcr": {
      createGhcrRegistry: (options: ghcr.GhcrRegistryOptions) =>
        ghcr.createGhcrRegistry({ ...options, clock, fetch: fetchOf(registry.fetch) }),
    },
    "@bayplan/ci-github": {
      createGitHubCi: (options: ciGitHub.GitHubCiOptions) =>
        ciGitHub.createGitHubCi({ ...options, clock, throttle: false, fetch: fetchOf(github.fetch) }),
    },
    "@bayplan/sources": {
      createPythonOrgSource: () =>
        sources.createPythonOrgSource({ clock, fetch: fetchOf(async () => Response.json(listing)) }),
    },
  };
  return { registry, run: (code: string) => runModule(code, modules, { GITHUB_TOKEN: token }) };
}

async function build(context: SimulatedRunContext, access: RegistryAccess) {
  const { base: reference, destination = "", version = "" } = context.inputs;
  const base = reference === undefined ? undefined : await pullBase({ ...access, reference });
  const [, repository = "", tag = ""] = /^ghcr\.io\/(.+):(.+)$/.exec(destination) ?? [];
  const files = { version: `${repository} ${version}` };
  const image = await buildImage({ platforms: ["linux/amd64"], files, ...(base === undefined ? {} : { base }) });
  await pushImage({ ...access, repository, tag, image });
}

/** Runs the module's code with other modules behind its import statements, and gives what it printed. */
async function runModule(
  code: string,
  modules: Readonly<Record<string, object>>,
  env: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const lines: string[] = [];
  const linked = code.replace(/^import (\{.*\}) from "(.*)";$/gm, 'const $1 = modules["$2"];');
  const { outputText } = ts.transpileModule(linked, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const console = { log: (...parts: unknown[]) => lines.push(parts.join(" ")) };
  const AsyncFunction = (async () => {}).constructor as new (
    ...names: string[]
  ) => (...values: unknown[]) => Promise<void>;
  await new AsyncFunction("modules", "process", "console", outputText)(modules, { env }, console);
  return lines;
}
