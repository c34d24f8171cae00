import type { Clock } from "@bayplan/core";
import { gitHubRefusal } from "./github-answer.ts";
import type { GitHubAddresses } from "./repository-document.ts";
import { workflowId } from "./run-document.ts";
import type { RunStore } from "./run-store.ts";
import type { SimulatedGitRepository, SimulatedRun, SimulatedWorkflow } from "./simulated-workflow.ts";

/** One request to a repository that the token can see. */
export interface GitHubCall {
  readonly request: Request;
  readonly url: URL;
  readonly at: GitHubAddresses;
  readonly fullName: string;
  readonly gitRepository: SimulatedGitRepository;
  readonly store: RunStore;
  readonly clock: Clock;
  readonly apiVersion: string;
  readonly isEnterprise: boolean;
  /** Whether listings show the run yet. */
  readonly isListed: (run: SimulatedRun) => boolean;
  /** Whether it can be read by its id yet. */
  readonly isReadable: (run: SimulatedRun) => boolean;
  /** Workflows that a request disabled or enabled, by `owner/name/file`. */
  readonly switched: Map<string, "active" | "disabled_manually">;
}

/** The workflow of that file name or id. Refuses 404. */
export function findWorkflow(call: GitHubCall, fileOrId: string): readonly [string, SimulatedWorkflow] {
  const found = Object.entries(call.gitRepository.workflows).find(
    ([file]) => file === fileOrId || String(workflowId(call.fullName, file)) === fileOrId,
  );
  if (found === undefined) throw gitHubRefusal(404, "Not Found");
  return found;
}

/** The run of that id. Refuses 404. */
export function findRun(call: GitHubCall, id: string): SimulatedRun {
  const run = runsOf(call).find((one) => String(one.id) === id && call.isReadable(one));
  if (run === undefined) throw gitHubRefusal(404, "Not Found");
  return run;
}

/** The runs of the Git repository, in the order of their start. */
export function runsOf(call: GitHubCall): readonly SimulatedRun[] {
  return call.store.runs.filter((run) => run.gitRepository === call.fullName && !call.store.isDeleted(run.id));
}

/** The name in the file of a run's workflow. */
export function workflowName(call: GitHubCall, run: SimulatedRun): string | undefined {
  return call.gitRepository.workflows[run.workflow]?.name;
}

/** Whether a workflow takes dispatches. */
export function workflowState(call: GitHubCall, file: string): "active" | "disabled_manually" {
  const isDisabled = call.gitRepository.workflows[file]?.disabled === true;
  return call.switched.get(`${call.fullName}/${file}`) ?? (isDisabled ? "disabled_manually" : "active");
}
