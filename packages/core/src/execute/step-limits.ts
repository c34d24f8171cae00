/** How much is done at once. */
export interface StepLimits {
  /** Steps that talk to a registry, for each registry host. Default 16. */
  readonly registry?: number;
  /** Runs in flight: from the dispatch of a build to the end of its wait, and tests. Default 20. */
  readonly ci?: number;
}

/** The limits meant: a number is that of the registries. Nothing below one, since then nothing would ever be done. */
export function stepLimits(concurrency: number | StepLimits | undefined): Required<StepLimits> {
  const { registry, ci } =
    typeof concurrency === "number" ? { registry: concurrency, ci: undefined } : (concurrency ?? {});
  return { registry: atLeastOne(registry ?? 16), ci: atLeastOne(ci ?? 20) };
}

function atLeastOne(limit: number): number {
  return limit >= 1 ? Math.floor(limit) : 1;
}
