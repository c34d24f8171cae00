import type { Family } from "../definition/family.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { ExecutePorts } from "../ports/ports.ts";
import type { ProgressEvent } from "./execution.ts";

/** What a step is run with. */
export interface StepContext extends CallOptions {
  readonly ports: ExecutePorts;
  readonly definition: Family;
  readonly settleMs: number;
  readonly progress: (event: ProgressEvent) => void;
}
