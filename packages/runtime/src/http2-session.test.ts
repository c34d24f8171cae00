import * as http2 from "node:http2";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openHttp2Session } from "./http2-session.ts";
import { createTlsBench } from "./testing/tls-bench.ts";
import { createTlsConnector } from "./tls-connector.ts";

const { isReady, certificate, start, cleanUp } = createTlsBench();
const note = isReady ? "" : " (skipped: openssl is not installed)";
const nextTurn = () => new Promise(setImmediate);

describe.skipIf(!isReady)(`a session${note}`, () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(async () => {
    vi.useRealTimers();
    await cleanUp();
  });

  async function open(origin: string) {
    const url = new URL(origin);
    const socket = await createTlsConnector(url, { connectTimeoutMs: 10_000, ca: certificate.cert }).connect();
    let changes = 0;
    const onChange = () => {
      changes += 1;
    };
    return { session: openHttp2Session(socket, { http2, url, onChange }), socket, changes: () => changes };
  }

  it("ends after it was idle for a minute", async () => {
    const server = await start((_, response) => void response.end());
    const { session, changes } = await open(server.origin);
    expect([session.isUsable(), session.room()]).toEqual([true, 1]);
    vi.advanceTimersByTime(60_000);
    expect([session.isUsable(), session.room()]).toEqual([false, 0]);
    expect(changes()).toBeGreaterThan(0);
    expect(session.open({ ":path": "/" }, { endStream: true })).toBeUndefined();
    await session.ended;
    await server.connectionClosed();
  });

  it("ends after the server left it, with its last stream, also when the server closes nothing", async () => {
    const held: (() => void)[] = [];
    const server = await start((_, response, { sessions }) => {
      held.push(() => response.end());
      if (held.length === 4) sessions[0]?.goaway(0, 3);
    });
    const { session, socket } = await open(server.origin);
    const ask = () => {
      const stream = session.open({ ":path": "/" }, { endStream: true });
      return new Promise<number | undefined>((resolve) => {
        stream?.on("error", () => {});
        stream?.once("close", () => resolve(stream.rstCode));
        stream?.resume();
      });
    };
    const streams = [ask()];
    while (session.limit() === undefined) await nextTurn();
    streams.push(ask(), ask(), ask());
    expect(await Promise.all(streams.slice(2))).toEqual([7, 7]);
    expect([session.isUsable(), session.room(), socket.destroyed]).toEqual([false, 0, false]);
    for (const answer of held) answer();
    expect(await Promise.all(streams)).toEqual([0, 0, 7, 7]);
    await session.ended;
    expect(socket.destroyed).toBe(true);
  });

  it("is not idle while it has a stream, however quiet that is", async () => {
    let answer = (): void => {};
    const server = await start((_, response) => {
      answer = () => response.end();
    });
    const { session } = await open(server.origin);
    const stream = session.open({ ":path": "/" }, { endStream: true });
    const ends = new Promise((resolve) => stream?.once("close", resolve));
    stream?.resume();
    while (server.seen.length === 0) await nextTurn();
    vi.advanceTimersByTime(600_000);
    expect(session.isUsable()).toBe(true);
    answer();
    await ends;
    vi.advanceTimersByTime(59_000);
    expect(session.isUsable()).toBe(true);
    vi.advanceTimersByTime(1000);
    expect(session.isUsable()).toBe(false);
    await session.ended;
    expect(stream?.rstCode).toBe(0);
  });
});
