import {
  BayplanError,
  type BayplanErrorCode,
  type CallOptions,
  type Completeness,
  isBayplanError,
  type SourceFailure,
  type VersionCandidate,
  type VersionSource,
} from "@bayplan/core";
import { badOption } from "./read-json.ts";
import { type CandidatePages, createVersionListing } from "./version-listing.ts";

interface Answer {
  readonly candidates: readonly VersionCandidate[];
  readonly completeness: Completeness;
}

/**
 * The first of several sources that answers. A listing is read to its end before anything of it is given, so that two
 * are never mixed. One that is whole and fresh is given; else, when no other is, the first whole one that is stale, then
 * the first truncated one. `completeness().failures` says what was passed over before, and why.
 *
 * When all fail, listing throws with the code of the first that failed otherwise than with `NOT_FOUND`, and with
 * `NOT_FOUND` only if all of them say so; the cause holds every error. `CANCELLED` ends it at once.
 *
 * @param options - `id`: default those of the sources, joined with `, else `.
 * @throws BayplanError `INVALID_INPUT` without sources.
 */
export function fallbackSources(
  sources: readonly VersionSource[],
  options: { readonly id?: string } = {},
): VersionSource {
  if (sources.length === 0) throw badOption("sources", "a list of at least one source");
  const id = options.id ?? sources.map((source) => source.id).join(", else ");

  async function* read(call: CallOptions): CandidatePages {
    const errors: BayplanError[] = [];
    const failures: SourceFailure[] = [];
    const second: { stale?: Answer; truncated?: Answer } = {};
    for (const source of sources) {
      const answer = await ask(source, call);
      if (answer instanceof Error) {
        errors.push(answer);
        failures.push({ source: source.id, error: answer.code, message: answer.message });
        continue;
      }
      const { truncated, staleSince, failures: own = [] } = answer.completeness;
      if (!truncated && staleSince === undefined) {
        yield answer.candidates;
        return { truncated: false, ...(failures.length === 0 ? {} : { failures }) };
      }
      if (truncated) second.truncated ??= answer;
      else second.stale ??= answer;
      failures.push(...(own.length > 0 ? own : [passedOver(source, truncated)]));
    }
    const best = second.stale ?? second.truncated;
    if (best === undefined) throw allFailed(id, errors);
    yield best.candidates;
    return { ...best.completeness, failures };
  }

  return { id, list: (call = {}) => createVersionListing(() => read(call)) };
}

async function ask(source: VersionSource, call: CallOptions): Promise<Answer | BayplanError> {
  try {
    const listing = source.list(call);
    const candidates: VersionCandidate[] = [];
    for await (const candidate of listing) candidates.push(candidate);
    return { candidates, completeness: listing.completeness() };
  } catch (error) {
    // A programming error must not pass for an unreachable source.
    if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
    return error;
  }
}

function passedOver(source: VersionSource, truncated: boolean): SourceFailure {
  const what = truncated ? "gave a truncated listing" : "gave an older copy of its listing";
  return { source: source.id, error: truncated ? "INCOMPLETE" : "UNAVAILABLE", message: `${source.id} ${what}.` };
}

function allFailed(id: string, errors: readonly BayplanError[]): BayplanError {
  // What one source does not have may be in another that could not be asked.
  const decisive = errors.find(({ code }) => code !== "NOT_FOUND") ?? errors[0];
  const code: BayplanErrorCode = decisive?.code ?? "UNAVAILABLE";
  const { retryAfterMs } = decisive ?? {};
  return new BayplanError(code, `No source of ${id} answered. ${errors.map(({ message }) => message).join(" ")}`, {
    cause: new AggregateError(errors),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
