import type { FamilyConfig } from "@bayplan/core";

/** What a process that will be killed is given to do. */
export interface CrashTask {
  readonly definition: FamilyConfig;
  /** The plan as JSON text. */
  readonly plan: string;
  /** Registries, by host and port. */
  readonly hosts: readonly string[];
  /** Origin of the simulated GitHub. */
  readonly gitHub: string;
  /** `owner/name` of the Git repository with the workflows. */
  readonly gitRepository: string;
  readonly token: string;
  /** File that the executions note what they do in. */
  readonly journal: string;
}
