/** One job, as every client of every language gets it. */
export interface RegistryJob {
  readonly job: "resolve" | "list" | "retag" | "copy";
  /** Host and port. */
  readonly registry: string;
  /** Whether it is spoken to by plain http. */
  readonly plain: boolean;
  /** PEM file of its authority; empty for the usual ones. */
  readonly caFile: string;
  readonly inFlight: number;
  /** `[repository, tag]`, `[repository]`, `[repository, tag, new tag]`, or `[repository, tag, new repository, new tag]`. */
  readonly items: readonly (readonly string[])[];
}
