import { type CallOptions, throwIfCancelled } from "@bayplan/core";
import { untilCancelled } from "./shared-work.ts";

/** Runs work on one key one after the other, in the order of the calls; work on other keys goes on beside it. */
export type InTurn = <Result>(key: string, work: () => Promise<Result>, options: CallOptions) => Promise<Result>;

/** Makes one. Work that fails does not stop what waits behind it; who cancels while waiting never begins. */
export function createInTurn(): InTurn {
  const last = new Map<string, Promise<void>>();
  return (key, work, options) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(() => {
      throwIfCancelled(options.signal);
      return work();
    });
    const ended = mine.then(
      () => {},
      () => {},
    );
    last.set(key, ended);
    void ended.then(() => {
      if (last.get(key) === ended) last.delete(key);
    });
    return untilCancelled(mine, options);
  };
}
