import type { Clock } from "@bayplan/core";
import { pushImage, type RegistryAccess, type SimulatedRunContext, type SimulatedWorkflow } from "@bayplan/testkit";
import { type ChaosImage, chaosImage } from "./chaos-image.ts";
import { type ChaosSchedule, chaosImages } from "./chaos-schedule.ts";
import type { TagLedger } from "./tag-ledger.ts";

/** What the simulated workflows build with. */
export interface ChaosWorkflowOptions {
  readonly schedule: ChaosSchedule;
  readonly clock: Clock;
  readonly host: string;
  readonly access: RegistryAccess;
  readonly ledger: TagLedger;
  /** Every image there is, by digest. */
  readonly images: Map<string, ChaosImage>;
  /** Whether something is under the tag, whatever faults there are. */
  readonly isThere: (repository: string, tag: string) => boolean;
  /** Called when a build has pushed its image. */
  readonly onBuilt: (build: { readonly image: string; readonly destination: string }) => void;
  /** Called when an image has passed its test. */
  readonly onTested: (digest: string) => void;
  readonly onFault: (kind: "failing run" | "failing test" | "late run", about: string) => void;
}

const minute = 60_000;

/** One workflow per image, as a workflow should be: its concurrency group is the key, what is staged is not built again. */
export function chaosWorkflows(options: ChaosWorkflowOptions): Readonly<Record<string, SimulatedWorkflow>> {
  const builds = chaosImages.map((image) => [`${image}.yml`, workflowOf(image, options)] as const);
  return { ...Object.fromEntries(builds), "test.yml": testWorkflow(options) };
}

/** Tests an image by its digest, as often as it is asked to. */
function testWorkflow({ schedule, clock, ledger, onFault, onTested }: ChaosWorkflowOptions): SimulatedWorkflow {
  const tries = new Map<string, number>();
  return {
    inputs: { bayplan_key: { required: true }, version: { required: true }, tested: { required: true } },
    runName: (inputs) => `test ${inputs["tested"]} [${inputs["bayplan_key"]}]`,
    async run({ inputs, signal }) {
      const digest = inputs["tested"]?.split("@")[1] ?? "";
      const image = [...ledger.images].find(([known]) => known === digest)?.[1].image ?? "";
      await clock.sleep(schedule.random.below(5 * minute, `tests ${inputs["bayplan_key"]}`), { signal });
      const times = (tries.get(digest) ?? 0) + 1;
      tries.set(digest, times);
      if (times > (schedule.failingTests[image] ?? 0)) return onTested(digest);
      onFault("failing test", `${image} ${inputs["version"]}`);
      throw new Error(`error: a test of ${image} failed`);
    },
  };
}

function workflowOf(image: string, options: ChaosWorkflowOptions): SimulatedWorkflow {
  const extra = image.startsWith("cpython") ? {} : { base: { required: true }, numpy_version: { required: true } };
  return {
    inputs: { bayplan_key: { required: true }, version: { required: true }, destination: { required: true }, ...extra },
    runName: (inputs) => `${image} ${inputs["version"]} [${inputs["bayplan_key"]}]`,
    concurrency: ({ inputs }) => ({ group: (inputs["bayplan_key"] ?? "").replace(/\.\d+$/, "") }),
    run: (context) => build(image, context, options),
  };
}

async function build(image: string, { inputs, signal }: SimulatedRunContext, options: ChaosWorkflowOptions) {
  const { schedule, clock, ledger, host } = options;
  const { random } = schedule;
  const key = inputs["bayplan_key"] ?? "";
  const attempt = Number(/\.(\d+)$/.exec(key)?.[1] ?? 1);
  const [, repository = "", tag = ""] = /^[^/]+\/(.+):([^:/]+)$/.exec(inputs["destination"] ?? "") ?? [];
  await clock.sleep(random.below(minute, `starts ${key}`), { signal });
  if (options.isThere(repository, tag)) return;
  const isLate = attempt === 1 && schedule.late.includes(image);
  if (isLate) options.onFault("late run", `${image} ${inputs["version"]}`);
  await clock.sleep((isLate ? 20 * minute : 0) + random.below(10 * minute, `takes ${key}`), { signal });
  if (attempt <= (schedule.failing[image] ?? 0)) {
    options.onFault("failing run", `${image} ${inputs["version"]}`);
    throw new Error(`error: ${image} did not compile`);
  }
  const baseDigest = inputs["base"]?.split("@")[1];
  const base = baseDigest === undefined ? undefined : options.images.get(baseDigest);
  if (baseDigest !== undefined && base === undefined) throw new Error(`error: no base ${baseDigest}`);
  const version = inputs["version"] ?? "";
  const built = chaosImage(`${image} ${version} built as ${key}`, base);
  options.images.set(built.digest, built);
  ledger.images.set(built.digest, { image, version, ...(base === undefined ? {} : { base: base.digest }) });
  const written = ledger.writing("workflow", `${host}/${repository}:${tag}`);
  await pushImage({ ...options.access, repository, tag, image: { ...built, platforms: {} } });
  written();
  options.onBuilt({ image, destination: `${repository}:${tag}` });
}
