import { fail } from "node:assert/strict";
import type { CallOptions, CiAdapter, DispatchRequest, Run, RunStatus } from "@bayplan/core";
import { drain } from "./expect-code.ts";

/** A run as the server knows it. */
export interface CiServerRun {
  readonly id: string;
  readonly state: "alive" | "over" | "cancelled";
}

/** The server behind an adapter, as the tests steer it. Its clock should jump: the tests wait for minutes. */
export interface CiServerUnderTest {
  /** Every run, oldest first. */
  runs(): readonly CiServerRun[];
  /** Ends a run: without this it goes on for ever. Resolves when the server says so. */
  end(id: string, conclusion: "success" | "failure"): Promise<void>;
  /** Starts a run of the same workflow for somebody else, without a key of ours; gives its id. */
  startForeign(): Promise<string>;
  /** The next dispatch starts its run, and its answer is lost. */
  loseNextAnswer(): void;
  /** The next dispatch is lost before it arrives. */
  dropNextDispatch(): void;
  /** From now on listings show a run only so long after its start. */
  listLate(lagMs: number): void;
  /** From now on runs wait for a person. */
  holdForApproval(): void;
  approve(id: string): void;
}

/** A CI under test. */
export interface CiUnderTest {
  /** Makes the adapter of one more coordinator, that remembers nothing of the others. */
  connect(): CiAdapter;
  /** What is dispatched: a workflow that is there, with what it needs. */
  readonly target: Pick<DispatchRequest, "gitRepository" | "inputs" | "ref" | "workflow">;
  readonly server: CiServerUnderTest;
  dispose(): Promise<void>;
}

/** What a test of the CI contract works with. */
export interface CiFixture extends CiUnderTest {
  /** The first coordinator. */
  readonly ci: CiAdapter;
  /** A request for the key, default `contract-1`. */
  request(key?: string, attempt?: number): DispatchRequest;
  /** The ids of runs that were not cancelled. */
  kept(): readonly string[];
  stateOf(run: Run): CiServerRun["state"];
  /** Watches a run to its end. */
  watched(run: Run, options?: CallOptions): Promise<readonly RunStatus[]>;
}

/** The fixture of one test. */
export function createCiFixture(underTest: CiUnderTest): CiFixture {
  const { server, target } = underTest;
  const ci = underTest.connect();
  return {
    ...underTest,
    ci,
    request: (key = "contract-1", attempt = 1) => ({ ...target, key, attempt }),
    kept: () =>
      server
        .runs()
        .filter(({ state }) => state !== "cancelled")
        .map(({ id }) => id),
    stateOf: (run) =>
      server.runs().find(({ id }) => id === run.id)?.state ??
      fail(`the server knows no run ${run.id}, which was named`),
    watched: (run, options = {}) => drain(ci.watch(run, options)),
  };
}
