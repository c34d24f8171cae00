import { setTimeout as sleep } from "node:timers/promises";
import {
  buildImage,
  pullBase,
  pushImage,
  type RegistryAccess,
  type SimulatedRunContext,
  type SimulatedWorkflow,
} from "@bayplan/testkit";

/** What the simulated workflows build with. */
export interface WorkflowOptions {
  /** Where images are pulled from and pushed to. */
  readonly registry: RegistryAccess;
  /** Names of images whose runs fail. */
  readonly failing: readonly string[];
  /** How long a build takes. */
  readonly buildMs: number;
}

const images = ["cpython-tsan", "cpython-asan", "numpy-tsan", "numpy-asan", "scipy-tsan"];
const platforms = ["linux/amd64", "linux/arm64"];

/** One workflow per image, and one that tests. Their runs pull the pinned base, build real OCI images and push them, as a real job would. */
export function cpythonWorkflows(options: WorkflowOptions): Readonly<Record<string, SimulatedWorkflow>> {
  const builds = images.map((image) => [`${image}.yml`, workflowOf(image, options)] as const);
  return { ...Object.fromEntries(builds), "sanitizer-test.yml": testWorkflow(options) };
}

/** Pulls the image by its digest, every platform, and looks whether the sanitizer is in it. */
function testWorkflow({ registry, buildMs }: WorkflowOptions): SimulatedWorkflow {
  return {
    name: "Test an image",
    inputs: { bayplan_key: { required: true }, version: { required: true }, tested: { required: true } },
    runName: (inputs) => `test ${inputs["tested"]} [${inputs["bayplan_key"]}]`,
    async run({ inputs, signal }) {
      await sleep(buildMs / 3, undefined, { signal });
      const { platforms } = await pullBase({ ...registry, signal, reference: inputs["tested"] ?? "" });
      for (const [platform, { config }] of Object.entries(platforms)) {
        if (!config.config?.Env?.some((entry) => entry.startsWith("SANITIZER=")))
          throw new Error(`error: there is no sanitizer in ${platform}`);
      }
    },
  };
}

function workflowOf(image: string, options: WorkflowOptions): SimulatedWorkflow {
  const [software = ""] = image.split("-");
  const extra = software === "cpython" ? {} : { base: { required: true }, [`${software}_version`]: { required: true } };
  return {
    name: `Build ${image}`,
    inputs: { bayplan_key: { required: true }, version: { required: true }, destination: { required: true }, ...extra },
    runName: (inputs) => `${image} ${inputs["version"]} [${inputs["bayplan_key"]}]`,
    run: (context) => build(image, context, options),
  };
}

async function build(image: string, context: SimulatedRunContext, options: WorkflowOptions): Promise<void> {
  const { inputs, signal } = context;
  await sleep(options.buildMs, undefined, { signal });
  if (options.failing.includes(image)) throw new Error(`error: ${image} did not compile`);
  const access = { ...options.registry, signal };
  const reference = inputs["base"];
  const base = reference === undefined ? undefined : await pullBase({ ...access, reference });
  const { repository, tag } = splitDestination(inputs["destination"] ?? "");
  const built = await buildImage({
    platforms,
    files: { [`opt/${image}/version`]: `${JSON.stringify(softwareOf(inputs))}\n` },
    config: {
      env: { SANITIZER: image.endsWith("-tsan") ? "thread" : "address" },
      labels: { "org.opencontainers.image.version": inputs["version"] ?? "" },
    },
    index: true,
    ...(base === undefined ? {} : { base }),
  });
  await pushImage({ ...access, repository, tag, image: built });
}

function softwareOf(inputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name.endsWith("version")));
}

/** `host:port/path:tag`, as Bayplan hands it to the workflow. */
function splitDestination(destination: string): { readonly repository: string; readonly tag: string } {
  const [, repository, tag] = /^[^/]+\/(.+):([^:/]+)$/.exec(destination) ?? [];
  if (repository === undefined || tag === undefined) throw new Error(`error: cannot push to "${destination}"`);
  return { repository, tag };
}
