/** One of several ways to do the same job. */
export interface Way<Outcome> {
  readonly name: string;
  /** Default as many as the others. For ways that take long and vary little. */
  readonly rounds?: number;
  run(): Promise<Outcome>;
}

/** What each round of one way gave. */
export interface Runs<Outcome> {
  readonly name: string;
  readonly outcomes: readonly Outcome[];
}

/**
 * Runs the ways round by round, not one after the other, so that what else the machine does falls on all of them alike.
 * Rejects with the first failure: a comparison with a hole in it is none.
 */
export async function interleave<Outcome>(
  ways: readonly Way<Outcome>[],
  rounds: number,
): Promise<readonly Runs<Outcome>[]> {
  const runs = ways.map((way) => ({ name: way.name, outcomes: [] as Outcome[] }));
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, way] of ways.entries()) {
      if (round < (way.rounds ?? rounds)) runs[index]?.outcomes.push(await way.run());
    }
  }
  return runs;
}
