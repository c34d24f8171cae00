/** Runs work on one key one after the other, in the order of the calls; work on other keys goes on beside it. */
export type Exclusive = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;

/** Makes one; work that fails does not stop what waits behind it. */
export function createExclusive(): Exclusive {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const next = (last.get(key) ?? Promise.resolve()).catch(() => {}).then(work);
    last.set(key, next);
    return next;
  };
}
