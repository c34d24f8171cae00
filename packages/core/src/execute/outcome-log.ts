import type { StepOutcome } from "./outcome.ts";

/** Outcomes as they come: any number of readers, each from the beginning, none able to slow the writer. */
export interface OutcomeLog extends AsyncIterable<StepOutcome> {
  readonly outcomes: readonly StepOutcome[];
  append(outcome: StepOutcome): void;
  close(): void;
}

/** An empty log. */
export function createOutcomeLog(): OutcomeLog {
  const outcomes: StepOutcome[] = [];
  let isClosed = false;
  let wake: () => void = () => {};
  let changed = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const notify = () => {
    wake();
    changed = new Promise((resolve) => {
      wake = resolve;
    });
  };
  return {
    outcomes,
    append(outcome) {
      outcomes.push(outcome);
      notify();
    },
    close() {
      isClosed = true;
      notify();
    },
    async *[Symbol.asyncIterator]() {
      for (let index = 0; ; index += 1) {
        while (index >= outcomes.length && !isClosed) await changed;
        const outcome = outcomes[index];
        if (outcome === undefined) return;
        yield outcome;
      }
    },
  };
}
