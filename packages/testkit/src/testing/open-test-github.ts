import {
  createGitHubSimulator,
  type GitHubSimulator,
  type GitHubSimulatorOptions,
} from "../github/github-simulator.ts";
import type { SimulatedGitRepository, SimulatedWorkflow } from "../github/simulated-workflow.ts";
import { createVirtualClock, type VirtualClock } from "../virtual-clock.ts";

/** A simulator with one Git repository, `octo/images`, and short ways to speak to it. */
export interface TestGitHub extends GitHubSimulator {
  readonly clock: VirtualClock;
  /** Below `/repos/octo/images`, or anywhere when the path begins with `http`. */
  send(method: string, path: string, init?: RequestInit): Promise<Response>;
  read<T>(path: string): Promise<T>;
  dispatch(body: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** Options of the simulator; a workflow and a Git repository may be changed in part. */
export interface TestGitHubOptions extends Partial<GitHubSimulatorOptions> {
  readonly workflow?: Partial<SimulatedWorkflow>;
  readonly gitRepository?: Partial<SimulatedGitRepository>;
  readonly clock?: VirtualClock;
}

/** Opens one whose workflow `build.yml` takes the inputs `key` and `image` and succeeds at once. */
export function openTestGitHub(options: TestGitHubOptions = {}): TestGitHub {
  const { workflow, gitRepository, clock = createVirtualClock({ auto: true }), ...rest } = options;
  const github = createGitHubSimulator({
    token: "t0ken",
    clock,
    repositories: {
      "octo/images": {
        refs: ["main", "v1"],
        workflows: {
          "build.yml": {
            name: "Build",
            inputs: { key: { required: true }, image: { default: "numpy", options: ["numpy", "scipy"] } },
            runName: (inputs) => `build ${inputs["image"]} [${inputs["key"]}]`,
            run: async () => {},
            ...workflow,
          },
        },
        ...gitRepository,
      },
    },
    ...rest,
  });
  const send: TestGitHub["send"] = (method, path, init) =>
    github.fetch(path.startsWith("http") ? path : `https://api.github.com/repos/octo/images${path}`, {
      ...init,
      method,
      headers: { authorization: "Bearer t0ken", ...(init?.headers as Record<string, string> | undefined) },
    });
  return {
    ...github,
    clock,
    send,
    read: async <T>(path: string) => (await (await send("GET", path)).json()) as T,
    dispatch: (body, headers = {}) =>
      send("POST", "/actions/workflows/build.yml/dispatches", { body: JSON.stringify(body), headers }),
  };
}
