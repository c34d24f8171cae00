/** The test framework that a contract is run in: vitest, node:test, jest. */
export interface ContractRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  /** Its `skip`, where it has one, reports the tests that are skipped. */
  readonly it: ((name: string, body: () => Promise<void>) => unknown) & {
    readonly skip?: (name: string, body: () => Promise<void>) => unknown;
  };
}

/** Tests that an adapter cannot pass, and why. */
export interface ContractSkip {
  /** A sentence for the reader of the report. */
  readonly reason: string;
  /** Full names of tests. */
  readonly tests: readonly string[];
}

/** Tests by name. */
export type ContractTests<Context> = Readonly<Record<string, (context: Context) => Promise<void>>>;

/**
 * Registers every test; those that are skipped do not run, and carry their reason in their name.
 *
 * @throws TypeError for a skip without a reason or of an unknown test.
 */
export function registerContract<Context>(
  title: string,
  tests: ContractTests<Context>,
  options: {
    readonly runner: ContractRunner;
    readonly skip?: readonly ContractSkip[];
    /** Runs one test in a fresh context, and cleans up. */
    readonly run: (test: (context: Context) => Promise<void>) => Promise<void>;
  },
): void {
  const skipped = readSkips(title, tests, options.skip ?? []);
  options.runner.describe(title, () => {
    for (const [name, test] of Object.entries(tests)) {
      const reason = skipped.get(name);
      if (reason === undefined) options.runner.it(name, () => options.run(test));
      else skipTest(options.runner, `${name} (skipped: ${reason})`);
    }
  });
}

function skipTest({ it }: ContractRunner, name: string): void {
  if (it.skip === undefined) it(name, async () => {});
  else it.skip(name, async () => {});
}

function readSkips(
  title: string,
  tests: ContractTests<never>,
  skips: readonly ContractSkip[],
): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const { reason, tests: names } of skips) {
    if (reason.trim() === "") throw new TypeError(`${title}: a skip needs a reason. Say why the tests cannot pass.`);
    for (const name of names) {
      if (!Object.hasOwn(tests, name)) throw new TypeError(`${title} has no test "${name}". Correct its name.`);
      reasons.set(name, reason);
    }
  }
  return reasons;
}
