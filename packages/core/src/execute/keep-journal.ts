import { isBayplanError } from "../errors.ts";
import { formatReference, formatRepository, tagReference } from "../oci/reference.ts";
import type { Plan, Step } from "../plan/plan.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { Clock } from "../ports/clock.ts";
import type { Journal, JournalEntry, JournalResult, JournalStep } from "../ports/journal.ts";
import type { StepOutcome } from "./outcome.ts";

/** Notes what an execution does. No call waits, and none throws. */
export interface JournalKeeper {
  begun(step: Step): void;
  ended(step: Step, outcome: StepOutcome): void;
  /** Notes that it is over and waits until all is kept, but not for ever. Gives the code of the first failure. */
  over(state: string): Promise<string | undefined>;
}

/** How long the end of an execution waits for a slow journal. */
const patienceMs = 10_000;

/**
 * Begins the entries of an execution. A journal that fails or hangs neither stops the execution nor changes its order:
 * what cannot be kept is lost, and {@link JournalKeeper.over} says so.
 */
export function keepJournal(
  plan: Plan,
  ports: { readonly journal?: Journal; readonly clock: Clock },
  options: CallOptions = {},
): JournalKeeper {
  const { journal, clock } = ports;
  if (journal === undefined) return { begun() {}, ended() {}, over: async () => undefined };
  const execution = journal.writer === undefined ? clock.now() : `${clock.now()} ${journal.writer}`;
  const head = { formatVersion: 1, plan: plan.id, execution } as const;
  let seq = 0;
  let failure: string | undefined;
  let kept = Promise.resolve();
  const append = (entry: Unnumbered) => {
    seq += 1;
    // The time is that of the transition, however long the journal takes to get there.
    const whole = { ...head, seq, at: clock.now(), ...entry } as JournalEntry;
    kept = kept
      .then(() => journal.append(whole))
      .catch((error: unknown) => {
        failure ??= isBayplanError(error) ? error.code : "INTERNAL";
      });
  };
  const { family, rollsBack } = plan;
  append({ event: "begun", family, steps: plan.steps.length, ...(rollsBack === undefined ? {} : { rollsBack }) });
  const onAbort = () => append({ event: "cancelled" });
  if (options.signal?.aborted) onAbort();
  else options.signal?.addEventListener("abort", onAbort, { once: true });
  return {
    begun: (step) => append({ event: "step-begun", ...describe(step) }),
    ended: (step, outcome) => append({ event: "step-ended", ...describe(step, outcome), ...resultOf(outcome) }),
    async over(state) {
      options.signal?.removeEventListener("abort", onAbort);
      append({ event: "over", state });
      return (await isInTime(kept, clock)) ? failure : (failure ?? "TIMEOUT");
    },
  };
}

type Unnumbered = JournalEntry extends infer Entry
  ? Entry extends JournalEntry
    ? Omit<Entry, "formatVersion" | "plan" | "execution" | "seq" | "at">
    : never
  : never;

async function isInTime(kept: Promise<void>, clock: Clock): Promise<boolean> {
  const timer = new AbortController();
  const late = clock.sleep(patienceMs, { signal: timer.signal }).then(
    () => false,
    () => false,
  );
  const isKept = await Promise.race([kept.then(() => true), late]);
  timer.abort();
  return isKept;
}

function describe(step: Step, outcome?: StepOutcome): JournalStep {
  const { id, node, group, kind } = step;
  return { step: id, node, group, action: kind, ...place(step), ...movement(step, outcome) };
}

function place(step: Step): Pick<JournalStep, "where"> {
  switch (step.kind) {
    case "tag":
    case "untag":
      return { where: formatReference(tagReference(step.repository, step.tag)) };
    case "build":
      return { where: formatReference(tagReference(step.repository, step.exactTag)) };
    case "delete":
      return { where: `${formatRepository(step.repository)}@${step.digest}` };
    case "verify":
    case "test":
    case "copy":
      return { where: formatRepository(step.repository) };
    case "await-image":
    case "preflight":
      return {};
  }
}

function movement(step: Step, outcome: StepOutcome | undefined): Pick<JournalStep, "from" | "to"> {
  const isDone = outcome?.state === "done" || outcome?.state === "already-done";
  const found = isDone ? outcome.receipt?.previous : undefined;
  const expected = step.kind === "tag" ? step.expected : step.kind === "untag" ? { digest: step.expected } : undefined;
  const planned = "target" in step && "digest" in step.target ? step.target.digest : undefined;
  const from = found ?? expected;
  const to = (isDone ? outcome.digest : undefined) ?? planned;
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function resultOf(outcome: StepOutcome): JournalResult {
  const { state: result } = outcome;
  switch (outcome.state) {
    case "done":
    case "already-done":
      return outcome.run === undefined ? { result } : { result, run: outcome.run.url };
    case "failed":
      return { result, code: outcome.code, message: outcome.message };
    case "refused":
      return { result, code: outcome.reason, message: outcome.message };
    case "skipped":
      return { result, code: outcome.because };
  }
}
