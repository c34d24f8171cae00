import { z } from "zod";

/** A workflow run, only what is used. GitHub sends about sixty fields more. */
export const WorkflowRun = z.object({
  id: z.number().int().positive(),
  display_title: z.string(),
  status: z.string().nullable(),
  conclusion: z.string().nullable(),
  run_attempt: z.number().int().positive().optional(),
  html_url: z.string(),
  created_at: z.string(),
  updated_at: z.string().optional(),
});

/** One page of runs. */
export const RunPage = z.object({ total_count: z.number().int().nonnegative(), workflow_runs: z.array(WorkflowRun) });

/** The answer to a dispatch with `return_run_details`. */
export const DispatchDetails = z.object({ workflow_run_id: z.number().int().positive(), html_url: z.string() });

/** GitHub's form of an error; `errors` holds texts or objects. */
export const ErrorBody = z.object({ message: z.string(), errors: z.unknown() }).partial();

export type WorkflowRun = z.infer<typeof WorkflowRun>;
