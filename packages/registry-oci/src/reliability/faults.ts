import { connectionFaults } from "./connection-faults.ts";
import { contentFaults } from "./content-faults.ts";
import type { FaultCase } from "./fault-case.ts";
import { listingFaults } from "./listing-faults.ts";
import { refusalFaults } from "./refusal-faults.ts";
import { tokenFaults } from "./token-faults.ts";
import { writeFaults } from "./write-faults.ts";

/** Every fault of the matrix. `docs/reliability.md` has a row for each. */
export const faults: readonly FaultCase[] = [
  ...refusalFaults,
  ...connectionFaults,
  ...contentFaults,
  ...listingFaults,
  ...tokenFaults,
  ...writeFaults,
];
