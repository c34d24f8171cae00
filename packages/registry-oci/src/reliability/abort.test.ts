import { createHook } from "node:async_hooks";
import { getEventListeners } from "node:events";
import { isBayplanError } from "@bayplan/core";
import { createHttpClient, type FetchLike } from "@bayplan/runtime";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createOciRegistry, type OciRegistry } from "../create-oci-registry.ts";
import { type AbortableOperation, abortableOperations } from "./abort-operations.ts";
import { type Bench, bearer, benchCredentials, openBench } from "./open-bench.ts";

// What is meant is "by itself": without waiting for the server, a timer or another request.
const mostTurns = 20;
const places = 24;
let bench: Bench;
let nth = 0;
/** Requests that the server has not answered and the client has not ended. */
const pending = new Set<Request>();
const unhandled: unknown[] = [];
const remember = (reason: unknown): void => void unhandled.push(reason);
const http = createHttpClient({ env: {} });

beforeAll(() => void process.on("unhandledRejection", remember));
afterAll(async () => {
  process.off("unhandledRejection", remember);
  await http.close();
});
beforeEach(async () => {
  pending.clear();
  bench = await openBench({ embedded: { auth: bearer, pageSize: 2 } });
  const target = { ...bench.reference, kind: "digest", digest: bench.digest } as const;
  for (const tag of ["1.1", "1.2", "1.3"]) await freshAdapter().tag(target, tag, { absent: true });
});
afterEach(() => bench[Symbol.asyncDispose]());

/** One that has learnt nothing yet, on connections that are there already. */
function freshAdapter(): OciRegistry {
  const options = { http, credentials: benchCredentials, clock: bench.clock };
  return createOciRegistry({ hosts: [bench.host], maxBufferedBytes: 1000, pageSize: 2, ...options });
}

function adapterOver(fetch: FetchLike): OciRegistry {
  const options = { fetch, credentials: benchCredentials, clock: bench.clock };
  return createOciRegistry({ hosts: [bench.host], maxBufferedBytes: 1000, pageSize: 2, ...options });
}

/** Never looks at its signal, and never answers the request at which the caller gives up. */
function deafTransport(held: number, controller: AbortController): FetchLike {
  let index = 0;
  return async (url, { signal: _, ...init }) => {
    index += 1;
    if (index - 1 !== held) return bench.embedded.fetch(new Request(url, init));
    controller.abort();
    return new Promise<never>(() => {});
  };
}

interface Ending {
  readonly ending: "done" | "CANCELLED" | "something else";
  /** Turns of the event loop since the abort. */
  readonly turns: number;
  readonly error?: unknown;
}

function run(operation: AbortableOperation, registry: OciRegistry, controller: AbortController): Promise<Ending> {
  nth += 1;
  const running = operation.run({ bench, registry, nth, signal: controller.signal });
  return endingOf(running, controller.signal);
}

async function endingOf(running: Promise<void>, signal: AbortSignal): Promise<Ending> {
  let settled: Omit<Ending, "turns"> | undefined;
  const done = running.then(
    () => {
      settled = { ending: "done" };
    },
    (error: unknown) => {
      const isCancelled = isBayplanError(error) && error.code === "CANCELLED";
      settled = isCancelled ? { ending: "CANCELLED" } : { ending: "something else", error };
    },
  );
  let turns = 0;
  while (settled === undefined && turns <= mostTurns) {
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) turns += 1;
  }
  await done;
  return { ending: "something else", ...settled, turns };
}

/** Nothing is left of an aborted operation. */
async function expectNothingLeft(signal: AbortSignal): Promise<void> {
  // A request that nobody ended would make the test time out here.
  while (pending.size > 0) await new Promise((resolve) => setImmediate(resolve));
  expect(getEventListeners(signal, "abort")).toEqual([]);
}

/** The adapter is none the worse for having been aborted. */
async function expectWell(operation: AbortableOperation, registry: OciRegistry): Promise<void> {
  expect(await run(operation, registry, new AbortController())).toMatchObject({ ending: "done" });
}

/** Hands the requests of one run to `meet`, which may answer in the registry's place, and counts them. */
function meetRequests(meet: (request: Request, index: number) => Promise<Response> | undefined): { count: number } {
  const met = { count: 0 };
  bench.answer = async (request) => {
    pending.add(request);
    request.signal.addEventListener("abort", () => pending.delete(request));
    const index = met.count;
    met.count += 1;
    const answer = await (meet(request, index) ?? bench.embedded.fetch(request));
    pending.delete(request);
    return answer;
  };
  return met;
}

async function countRequests(operation: AbortableOperation): Promise<number> {
  const met = meetRequests(() => undefined);
  expect(await run(operation, freshAdapter(), new AbortController())).toMatchObject({ ending: "done" });
  bench.answer = undefined;
  return met.count;
}

describe.each(abortableOperations)("$name", (operation) => {
  it("is cancelled while a request is under way, whichever it is", async () => {
    const requests = await countRequests(operation);
    for (let held = 0; held < requests; held += 1) {
      const controller = new AbortController();
      const registry = freshAdapter();
      meetRequests((_, index) => {
        if (index !== held) return undefined;
        controller.abort();
        return new Promise<never>(() => {});
      });
      const { turns, ...how } = await run(operation, registry, controller);
      expect({ held, ...how }).toEqual({ held, ending: "CANCELLED" });
      expect(turns).toBeLessThanOrEqual(mostTurns);
      meetRequests(() => undefined);
      await expectNothingLeft(controller.signal);
      await expectWell(operation, registry);
    }
    expect(requests).toBeGreaterThan(2);
    expect(unhandled).toEqual([]);
  });

  it("is cancelled in the middle of an answer, whichever it is", async () => {
    const requests = await countRequests(operation);
    let aborted = 0;
    for (let broken = 0; broken < requests; broken += 1) {
      const controller = new AbortController();
      const registry = freshAdapter();
      meetRequests((request, index) => (index === broken ? halfOf(request, controller) : undefined));
      const { turns, ...how } = await run(operation, registry, controller);
      // An answer without a body has no middle: the operation goes on then.
      if (controller.signal.aborted) aborted += 1;
      expect({ broken, ...how }).toEqual({ broken, ending: controller.signal.aborted ? "CANCELLED" : "done" });
      expect(turns).toBeLessThanOrEqual(mostTurns);
      meetRequests(() => undefined);
      await expectNothingLeft(controller.signal);
      await expectWell(operation, registry);
    }
    // The token's answer at the least has one.
    expect(aborted).toBeGreaterThan(0);
    expect(unhandled).toEqual([]);
  });

  it("is cancelled while a transport is under way that does not listen, whichever request it is", async () => {
    const requests = await countRequests(operation);
    for (let held = 0; held < requests; held += 1) {
      const controller = new AbortController();
      const { ending } = await run(operation, adapterOver(deafTransport(held, controller)), controller);
      expect({ held, ending }).toEqual({ held, ending: "CANCELLED" });
      expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    }
    expect(unhandled).toEqual([]);
  });

  it("is cancelled, or really done, at whichever continuation of any await it is aborted", async () => {
    meetRequests(() => undefined);
    const { steps } = await runUntilStep(operation, Number.POSITIVE_INFINITY);
    let cancelled = 0;
    for (let place = 0; place < places; place += 1) {
      const { ending } = await runUntilStep(operation, Math.ceil((steps * place) / places) + 1);
      if (ending === "CANCELLED") cancelled += 1;
    }
    expect(cancelled).toBeGreaterThan(places / 4);
    expect(unhandled).toEqual([]);
  });
});

/** Aborts before the nth continuation of any `await` or callback in this process; gives how many there were. */
async function runUntilStep(
  operation: AbortableOperation,
  abortAt: number,
): Promise<{ readonly steps: number; readonly ending: Ending["ending"] }> {
  const controller = new AbortController();
  const registry = freshAdapter();
  let steps = 0;
  const hook = createHook({
    before() {
      steps += 1;
      if (steps === abortAt) queueMicrotask(() => controller.abort());
    },
  });
  hook.enable();
  const { turns, ...how } = await run(operation, registry, controller);
  hook.disable();
  // The operation itself checks that what it calls done is so.
  expect([{ ending: "CANCELLED" }, { ending: "done" }]).toContainEqual(how);
  expect(turns).toBeLessThanOrEqual(mostTurns);
  await expectNothingLeft(controller.signal);
  if (abortAt % 4 === 0) await expectWell(operation, registry);
  return { steps, ending: how.ending };
}

/** The first half of the real answer; then the caller aborts, and nothing more comes. */
async function halfOf(request: Request, controller: AbortController): Promise<Response> {
  const answer = await bench.embedded.fetch(request);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (bytes.byteLength < 2 || request.method === "HEAD") {
    return new Response(bytes.byteLength === 0 ? null : bytes, answer);
  }
  answer.headers.set("content-length", String(bytes.byteLength));
  let pulls = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(stream) {
      pulls += 1;
      pending.add(request);
      if (pulls === 1) return stream.enqueue(bytes.subarray(0, bytes.byteLength / 2));
      controller.abort();
      return new Promise<void>(() => {});
    },
  });
  return new Response(body, answer);
}
