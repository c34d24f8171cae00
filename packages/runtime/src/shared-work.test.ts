import { expect, it } from "vitest";
import { createSharedWork } from "./shared-work.ts";

it("runs once for all who ask while it runs, and again afterwards", async () => {
  const shared = createSharedWork<number>();
  let runs = 0;
  const work = async (): Promise<number> => {
    runs += 1;
    return runs;
  };
  expect(await Promise.all([shared("a", work, {}), shared("a", work, {}), shared("b", work, {})])).toEqual([1, 1, 2]);
  expect(await shared("a", work, {})).toBe(3);
});

it("lets one caller leave without disturbing the others, and stops when the last has left", async () => {
  const shared = createSharedWork<string>();
  let finish = (_: string): void => {};
  const signals: (AbortSignal | undefined)[] = [];
  const work = ({ signal }: { signal?: AbortSignal }): Promise<string> => {
    signals.push(signal);
    return new Promise((resolve) => {
      finish = resolve;
    });
  };
  const first = new AbortController();
  const leaving = shared("a", work, { signal: first.signal });
  const staying = shared("a", work, {});
  first.abort();
  await expect(leaving).rejects.toMatchObject({ code: "CANCELLED" });
  expect(signals[0]?.aborted).toBe(false);
  finish("done");
  expect(await staying).toBe("done");

  const second = new AbortController();
  const alone = shared("a", work, { signal: second.signal });
  second.abort();
  await expect(alone).rejects.toMatchObject({ code: "CANCELLED" });
  expect(signals[1]?.aborted).toBe(true);
  const newcomer = shared("a", work, {});
  finish("again");
  expect(await newcomer).toBe("again");
});

it("gives a failure to everybody and keeps nothing of it", async () => {
  const shared = createSharedWork<string>();
  const fail = async (): Promise<string> => Promise.reject(new Error("no"));
  const both = await Promise.allSettled([shared("a", fail, {}), shared("a", fail, {})]);
  expect(both.map((one) => one.status)).toEqual(["rejected", "rejected"]);
  expect(await shared("a", async () => "yes", {})).toBe("yes");
});
