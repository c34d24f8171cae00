import type { RegistryAccess, SimulatedWorkflow } from "@bayplan/testkit";
import { cpythonWorkflows } from "../workflows.ts";

/** What the workflows are told, and what they tell. */
export interface CarefulOptions {
  readonly registry: RegistryAccess;
  /** Digest by tag by repository, now. */
  readonly snapshot: () => Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** A run that has begun does its work when this resolves. */
  readonly begin: () => Promise<void>;
  /** Called when a run has built or tested something to its end: the destination, or the image that was tested. */
  readonly done: (what: string) => void;
}

/**
 * The workflows as they should be: the concurrency group is the key, and a run whose result is there already ends at
 * once. `test.yml` tests what it is given.
 */
export function carefulWorkflows(options: CarefulOptions): Readonly<Record<string, SimulatedWorkflow>> {
  const workflows = cpythonWorkflows({ registry: options.registry, failing: [], buildMs: 0 });
  const careful = ([file, workflow]: readonly [string, SimulatedWorkflow]) => [file, carefulBuild(workflow, options)];
  return { ...Object.fromEntries(Object.entries(workflows).map(careful)), "test.yml": testWorkflow(options) };
}

const concurrency: NonNullable<SimulatedWorkflow["concurrency"]> = ({ inputs }) => ({
  group: (inputs["bayplan_key"] ?? "").replace(/\.\d+$/, ""),
});

function carefulBuild(workflow: SimulatedWorkflow, options: CarefulOptions): SimulatedWorkflow {
  return {
    ...workflow,
    concurrency,
    async run(context) {
      await options.begin();
      const destination = context.inputs["destination"] ?? "";
      const [, repository = "", tag = ""] = /^[^/]+\/(.+):([^:/]+)$/.exec(destination) ?? [];
      if (options.snapshot()[repository]?.[tag] !== undefined) return;
      await workflow.run?.(context);
      options.done(destination);
    },
  };
}

function testWorkflow(options: CarefulOptions): SimulatedWorkflow {
  return {
    name: "Test",
    inputs: { bayplan_key: { required: true }, version: { required: true }, tested: { required: true } },
    runName: (inputs) => `test ${inputs["version"]} [${inputs["bayplan_key"]}]`,
    concurrency,
    async run({ inputs }) {
      await options.begin();
      options.done(inputs["tested"] ?? "");
    },
  };
}
