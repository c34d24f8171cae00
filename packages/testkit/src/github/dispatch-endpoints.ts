import { checkDispatch } from "./dispatch-checks.ts";
import { gitHubJson, gitHubRefusal } from "./github-answer.ts";
import { findWorkflow, type GitHubCall, workflowState } from "./github-call.ts";
import { checkRepositoryDispatch } from "./repository-dispatch-checks.ts";
import { runDocument } from "./run-document.ts";

/** POST of a dispatch. */
export async function dispatchWorkflow(call: GitHubCall, fileOrId: string): Promise<Response> {
  const [file, workflow] = findWorkflow(call, fileOrId);
  const isAlwaysDetailed = !call.isEnterprise && call.apiVersion >= "2026-03-10";
  const dispatch = checkDispatch(
    await call.request.text(),
    { gitRepository: call.gitRepository, workflow },
    {
      maxInputs: call.isEnterprise ? 10 : 25,
      takesRunDetails: !call.isEnterprise && !isAlwaysDetailed,
      unknownMemberStatus: call.isEnterprise ? 400 : 422,
    },
  );
  // https://github.com/cli/cli/issues/5168
  if (workflowState(call, file) !== "active") {
    throw gitHubRefusal(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow");
  }
  const { ref, inputs } = dispatch;
  const trigger = { event: "workflow_dispatch", ref, inputs, payload: {} };
  const run = call.store.start({ ...trigger, gitRepository: call.fullName, file, workflow });
  if (!isAlwaysDetailed && !dispatch.isDetailed) return new Response(null, { status: 204 });
  const { url, html_url } = runDocument(run, workflow.name, call.at);
  return gitHubJson(200, { workflow_run_id: run.id, run_url: url, html_url });
}

/** POST of a `repository_dispatch`: one run of every workflow that listens, on the default branch. */
export async function dispatchRepository(call: GitHubCall): Promise<Response> {
  const { eventType, payload } = checkRepositoryDispatch(await call.request.text());
  const [ref = "main"] = call.gitRepository.refs ?? [];
  for (const [file, workflow] of Object.entries(call.gitRepository.workflows)) {
    const types = workflow.repositoryDispatch ?? false;
    const listens = typeof types === "boolean" ? types : types.includes(eventType);
    if (!listens || workflowState(call, file) !== "active") continue;
    const trigger = { event: "repository_dispatch", ref, inputs: {}, payload };
    call.store.start({ ...trigger, eventType, gitRepository: call.fullName, file, workflow });
  }
  return new Response(null, { status: 204 });
}
