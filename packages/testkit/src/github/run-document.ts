import { commitOf, type GitHubAddresses, idOf, repositoryDocument, userDocument } from "./repository-document.ts";
import type { SimulatedJobRun, SimulatedRun } from "./simulated-workflow.ts";

/** The numeric id of a workflow. */
export function workflowId(gitRepository: string, file: string): number {
  return idOf(`${gitRepository}/${file}`);
}

/** `workflow-run` of GitHub's OpenAPI description. Inputs are not in it: GitHub does not tell them. */
export function runDocument(
  run: SimulatedRun,
  workflowName: string | undefined,
  at: GitHubAddresses,
): Record<string, unknown> {
  const repositoryUrl = `${at.api}/repos/${run.gitRepository}`;
  const url = `${repositoryUrl}/actions/runs/${run.id}`;
  const commit = commitOf(`${run.gitRepository}@${run.ref}`);
  const path = `.github/workflows/${run.workflow}`;
  const owner = userDocument(run.gitRepository.split("/")[0] ?? "", at);
  const author = { name: "Simulated Author", email: "author@example.invalid" };
  const suite = idOf(`suite ${run.id}`);
  return {
    id: run.id,
    name: workflowName ?? path,
    node_id: `WFR_${run.id}`,
    head_branch: run.ref,
    head_sha: commit,
    path,
    display_title: run.displayTitle,
    run_number: run.runNumber,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: workflowId(run.gitRepository, run.workflow),
    check_suite_id: suite,
    check_suite_node_id: `CS_${suite}`,
    url,
    html_url: `${at.site}/${run.gitRepository}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    actor: owner,
    run_attempt: run.runAttempt,
    referenced_workflows: [],
    run_started_at: run.attemptedAt,
    triggering_actor: owner,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${repositoryUrl}/check-suites/${suite}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.runAttempt === 1 ? null : `${url}/attempts/${run.runAttempt - 1}`,
    workflow_url: `${repositoryUrl}/actions/workflows/${workflowId(run.gitRepository, run.workflow)}`,
    head_commit: {
      id: commit,
      tree_id: commitOf(`tree ${commit}`),
      message: "Simulated commit",
      timestamp: run.createdAt,
      author,
      committer: author,
    },
    repository: repositoryDocument(run.gitRepository, at),
    head_repository: repositoryDocument(run.gitRepository, at),
  };
}

/** `job` of GitHub's OpenAPI description. */
export function jobDocument(
  run: SimulatedRun,
  job: SimulatedJobRun,
  { workflowName, at }: { readonly workflowName: string | undefined; readonly at: GitHubAddresses },
): Record<string, unknown> {
  const { id } = job;
  const repositoryUrl = `${at.api}/repos/${run.gitRepository}`;
  const hasRunner = job.status === "in_progress" || (job.status === "completed" && job.conclusion !== "skipped");
  return {
    id,
    run_id: run.id,
    workflow_name: workflowName ?? `.github/workflows/${run.workflow}`,
    head_branch: run.ref,
    run_url: `${repositoryUrl}/actions/runs/${run.id}`,
    run_attempt: job.runAttempt,
    node_id: `CR_${id}`,
    head_sha: commitOf(`${run.gitRepository}@${run.ref}`),
    url: `${repositoryUrl}/actions/jobs/${id}`,
    html_url: `${at.site}/${run.gitRepository}/actions/runs/${run.id}/job/${id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: job.createdAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    name: job.name,
    steps: [],
    check_run_url: `${repositoryUrl}/check-runs/${id}`,
    labels: ["ubuntu-latest"],
    runner_id: hasRunner ? 1 : null,
    runner_name: hasRunner ? "simulated" : null,
    runner_group_id: hasRunner ? 1 : null,
    runner_group_name: hasRunner ? "simulated" : null,
  };
}
