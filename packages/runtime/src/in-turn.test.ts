import { expect, it } from "vitest";
import { createInTurn } from "./in-turn.ts";

const never = new Promise<void>(() => {});

it("runs work on one key in order, on two keys beside each other, and past work that failed", async () => {
  const inTurn = createInTurn();
  const done: string[] = [];
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = inTurn("a", () => gate, {});
  const failed = inTurn("a", () => Promise.reject(new Error("broken")), {});
  const last = inTurn("a", async () => done.push("last"), {});
  await inTurn("b", async () => done.push("other"), {});
  expect(done).toEqual(["other"]);
  open();
  await first;
  await expect(failed).rejects.toThrow("broken");
  await last;
  expect(done).toEqual(["other", "last"]);
});

it("lets a caller leave who waits, and never begins its work", async () => {
  const inTurn = createInTurn();
  const stop = new AbortController();
  const begun: string[] = [];
  void inTurn("a", () => never, {});
  const waiting = inTurn("a", async () => begun.push("waiting"), { signal: stop.signal });
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
  expect(begun).toEqual([]);
});
