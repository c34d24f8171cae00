import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { listenForAbort } from "./abort-listeners.ts";
import { createHeldWorld, heldUrl } from "./testing/held-world.ts";
import { settled } from "./testing/manual-clock.ts";
import { codeOf } from "./testing/open-http.ts";

it("calls everybody who still listens, once", () => {
  const control = new AbortController();
  const called: string[] = [];
  const stop = ["a", "b", "c"].map((name) => listenForAbort(control.signal, () => called.push(name)));
  stop[1]?.();
  stop[1]?.();
  control.abort();
  expect(called).toEqual(["a", "c"]);
  for (const one of stop) one();
});

it("lets listeners leave while they are called", () => {
  const control = new AbortController();
  const called: string[] = [];
  const stops: (() => void)[] = [];
  stops.push(
    listenForAbort(control.signal, () => {
      called.push("a");
      for (const stop of stops) stop();
    }),
    listenForAbort(control.signal, () => called.push("b")),
  );
  control.abort();
  expect(called).toEqual(["a"]);
});

it("listens to a signal again after everybody had left", () => {
  const control = new AbortController();
  const called: string[] = [];
  listenForAbort(control.signal, () => called.push("a"))();
  expect(getEventListeners(control.signal, "abort")).toHaveLength(0);
  listenForAbort(control.signal, () => called.push("b"));
  control.abort();
  expect(called).toEqual(["b"]);
});

it("puts one listener on the signal of 100 requests, in flight or waiting, and none when they are over", async () => {
  const { network, http } = createHeldWorld();
  const { signal } = new AbortController();
  const calls = Array.from({ length: 100 }, () => codeOf(http.request({ method: "GET", url: heldUrl }, { signal })));
  await settled();
  expect(network.held).toHaveLength(16);
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  for (; network.held.length > 0; await settled()) network.answerAll(200);
  await Promise.all(calls);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});
