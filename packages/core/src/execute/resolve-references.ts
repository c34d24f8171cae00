import { BayplanError, isBayplanError } from "../errors.ts";
import { groupReferences, resolveTogether } from "../observe/resolve-together.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, type Reference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import { fanOutSignal, type SignalFan } from "../ports/fan-out-signal.ts";
import { mapConcurrently } from "../ports/map-concurrently.ts";
import type { BulkResolution } from "../ports/registry.ts";
import { registryFor } from "../ports/registry-for.ts";
import { isPassingCode } from "./follow-run.ts";
import { spread } from "./jitter.ts";
import type { ExecutionContext } from "./step-context.ts";

/** What a reference shows, or why that is not known. */
export type Shown = { readonly digest: Digest } | { readonly absent: true } | { readonly error: Unanswered };

/** Why something could not be learnt: mostly a BayplanError; `INTERNAL` is a bug of an adapter. */
export interface Unanswered {
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
}

const rounds = 3;
const pauseMs = 2000;
const longestPauseMs = 60_000;

/**
 * What each reference shows now, by its text. What fails for the moment is asked again, a few times; what cannot be learnt
 * is in the answer with its error.
 *
 * @throws BayplanError `CANCELLED`.
 */
export async function resolveReferences(
  references: readonly Reference[],
  context: ExecutionContext,
): Promise<ReadonlyMap<string, Shown>> {
  const fan = fanOutSignal(context.signal);
  try {
    return await askUntilKnown(references, (open, shown) => askAll(open, shown, context, fan), context);
  } finally {
    fan.close();
  }
}

async function askUntilKnown(
  references: readonly Reference[],
  ask: (open: readonly Reference[], shown: Map<string, Shown>) => Promise<void>,
  context: ExecutionContext,
): Promise<ReadonlyMap<string, Shown>> {
  const shown = new Map<string, Shown>();
  let open = [...new Map(references.map((reference) => [formatReference(reference), reference])).values()];
  for (let round = 1; ; round += 1) {
    await ask(open, shown);
    open = open.filter((reference) => isOpen(shown.get(formatReference(reference))));
    if (open.length === 0 || round === rounds) return shown;
    const asked = Math.max(0, ...open.map((reference) => retryAfter(shown.get(formatReference(reference)))));
    const wait = Math.max(spread(pauseMs * 2 ** round, context.random), asked);
    await context.ports.clock.sleep(Math.min(wait, longestPauseMs), callOf(context));
  }
}

async function askAll(
  references: readonly Reference[],
  shown: Map<string, Shown>,
  context: ExecutionContext,
  fan: SignalFan,
): Promise<void> {
  const { registries } = context.ports;
  const known = references.filter((reference) => {
    try {
      return registryFor(registries, reference.registry) !== undefined;
    } catch (error) {
      shown.set(formatReference(reference), { error: unanswered(error) });
      return false;
    }
  });
  const tell = (reference: Reference, answer: BulkResolution) =>
    shown.set(formatReference(reference), shownBy(answer, reference, context));
  const told = new Set<string>();
  for (const group of groupReferences(known, ({ registry }) => registryFor(registries, registry))) {
    try {
      await resolveTogether(
        group,
        (reference, answer) => {
          tell(reference, answer);
          told.add(formatReference(reference));
        },
        callOf(context),
      );
    } catch (error) {
      // What it did not answer is asked one by one.
      if (context.signal?.aborted) throw error;
    }
  }
  await mapConcurrently(
    known.filter((reference) => !told.has(formatReference(reference))),
    16,
    async (reference) => {
      try {
        const registry = registryFor(registries, reference.registry);
        tell(reference, await fan.run((call) => registry.resolve(reference, call)));
      } catch (error) {
        if (isBayplanError(error) && error.code === "CANCELLED" && context.signal?.aborted) throw error;
        shown.set(formatReference(reference), { error: unanswered(error) });
      }
    },
  );
}

function shownBy(answer: BulkResolution, reference: Reference, { definition }: ExecutionContext): Shown {
  if (answer.state === "present") return { digest: answer.descriptor.digest };
  if (answer.state === "unknown") return { error: answer.error };
  if (answer.state === "absent" || definition.deniedMeans === "absent") return { absent: true };
  const message = `The registry does not say whether ${formatReference(reference)} exists. Check the token, or set deniedMeans: "absent" for a new package.`;
  return { error: new BayplanError("DENIED", message) };
}

function isOpen(shown: Shown | undefined): boolean {
  return shown === undefined || ("error" in shown && isPassingCode(shown.error.code));
}

function retryAfter(shown: Shown | undefined): number {
  return shown !== undefined && "error" in shown ? (shown.error.retryAfterMs ?? 0) : 0;
}

/** What an error says in an outcome. */
export function unanswered(error: unknown): Unanswered {
  if (isBayplanError(error)) return error;
  return { code: "INTERNAL", message: error instanceof Error ? error.message : String(error) };
}

function callOf({ signal }: ExecutionContext): CallOptions {
  return signal === undefined ? {} : { signal };
}
