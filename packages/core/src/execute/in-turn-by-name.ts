/** Who writes last under a name. Several executions in one process share it. */
const tails = new Map<string, Promise<void>>();

/**
 * Runs one function at a time for each name, in the order of the calls, also across executions. Another process is not
 * noticed: what is changed is looked at again right before anyway.
 */
export async function inTurnByName<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  const before = tails.get(name) ?? Promise.resolve();
  const result = before.then(run);
  const tail = result.then(
    () => {},
    () => {},
  );
  tails.set(name, tail);
  try {
    return await result;
  } finally {
    if (tails.get(name) === tail) tails.delete(name);
  }
}
