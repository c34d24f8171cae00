import { BayplanError } from "@bayplan/core";
import { afterEach, describe, expect, it } from "vitest";
import { codeOf } from "./testing/open-http.ts";
import { createRecordingClock } from "./testing/test-server.ts";
import { atOnce, createTlsBench, textOf, wireRequest } from "./testing/tls-bench.ts";
import type { TlsAnswer, TlsServer } from "./testing/tls-server.ts";

const { isReady, start, client, transport, cleanUp } = createTlsBench();
const note = isReady ? "" : " (skipped: openssl is not installed)";
const [noError, internalError, refusedStream, enhanceYourCalm] = [0, 2, 7, 11];
const nextTurn = () => new Promise(setImmediate);

afterEach(cleanUp);

/** A client whose waits are recorded, each of them as long as it may be. */
function patient(options: Parameters<typeof client>[0] = {}) {
  const clock = createRecordingClock();
  return { http: client({ clock, random: () => 1, ...options }), waits: clock.waits };
}

/** Holds the answers to the first `count` requests, then does `leave` with the session; answers the rest at once. */
function leaving(count: number, leave: (server: TlsServer, answer: () => void) => void | Promise<void>): TlsAnswer {
  const held: (() => void)[] = [];
  return (request, response, server) => {
    const answer = () => void response.end(request.url ?? "");
    if (server.seen.length > count) return answer();
    held.push(answer);
    if (held.length < count) return;
    return leave(server, () => {
      for (const one of held) one();
    });
  };
}

const paths = (count: number) => Array.from({ length: count }, (_, index) => `/${index}`);

describe.skipIf(!isReady)(`a server that takes leave of HTTP/2${note}`, () => {
  it("answers what is in flight; new requests go over another connection", async () => {
    const server = await start(
      leaving(10, async ({ sessions }, answer) => {
        sessions[0]?.goaway(noError);
        await http.request({ method: "GET", url: `${server.origin}/new` });
        answer();
      }),
    );
    const { http, waits } = patient();
    const answers = await atOnce(10, http, (index) => ({ method: "POST", url: `${server.origin}/${index}` }));
    expect(answers.map(textOf)).toEqual(paths(10));
    expect(server.seen).toHaveLength(11);
    expect([server.sessions.length, waits]).toEqual([2, []]);
  });

  it("gets what it did not look at once more, at once, also what may not be repeated otherwise", async () => {
    const server = await start(
      leaving(10, ({ sessions }, answer) => {
        // The first stream is 1, the next 3: this is the fourth.
        sessions[0]?.goaway(noError, 7);
        answer();
      }),
    );
    const { http, waits } = patient();
    const answers = await atOnce(10, http, (index) => ({ method: "POST", url: `${server.origin}/${index}` }));
    expect(answers.map(textOf)).toEqual(paths(10));
    expect(server.seen).toHaveLength(10 + 6);
    expect([server.sessions.length, waits]).toEqual([2, []]);
  });

  it("may do so for an error: what it looked at is repeated after a wait, if it may be", async () => {
    const server = await start(leaving(10, ({ sessions }) => sessions[0]?.goaway(internalError, 7)));
    const { http, waits } = patient();
    const posts = await Promise.all(
      paths(10).map((path, index) =>
        codeOf(http.request({ method: index % 2 === 0 ? "POST" : "GET", url: `${server.origin}${path}` })),
      ),
    );
    expect(posts.filter((code) => code === "UNAVAILABLE")).toHaveLength(2);
    expect(waits).toEqual([200, 200]);
    expect(server.sessions).toHaveLength(2);
  });

  it("is not bothered at once when it asks for calm", async () => {
    const server = await start(leaving(4, ({ sessions }) => sessions[0]?.goaway(enhanceYourCalm, 1)));
    const { http, waits } = patient();
    await atOnce(4, http, (index) => ({ method: "GET", url: `${server.origin}/${index}` }));
    expect(waits).toEqual([200, 200, 200, 200]);
  });

  it("may close the idle connection without a word", async () => {
    const server = await start((_, response) => void response.end());
    const { http, waits } = patient();
    for (const close of [() => server.sessions[0]?.destroy(), () => server.reset()]) {
      await http.request({ method: "GET", url: server.origin });
      close();
      await http.request({ method: "GET", url: server.origin });
    }
    expect(waits).toEqual([]);
    expect(server.sessions.length).toBeGreaterThan(2);
  });

  it("may reset the connection under 50 requests: those that may be are repeated, over one new connection", async () => {
    const server = await start(leaving(51, (started) => started.reset()));
    const { http } = patient();
    const post = codeOf(http.request({ method: "POST", url: `${server.origin}/post` }));
    const answers = await atOnce(50, http, (index) => ({ method: "GET", url: `${server.origin}/${index}` }));
    expect(answers.map(textOf)).toEqual(paths(50));
    expect(await post).toBe("UNAVAILABLE");
    expect(server.sessions).toHaveLength(2);
    expect(server.seen.filter((line) => line.endsWith("/post"))).toHaveLength(1);
  });
});

describe.skipIf(!isReady)(`a stream that the server refuses${note}`, () => {
  const refuseFirst = (count: number, code: number): TlsAnswer => {
    return (_, response, server) => {
      if (server.seen.length <= count) response.stream?.close(code);
      else response.end("ok");
    };
  };

  it.each(["GET", "POST", "PUT"] as const)("is opened once more at once: %s", async (method) => {
    const server = await start(refuseFirst(1, refusedStream));
    const { http, waits } = patient();
    expect(textOf(await http.request({ method, url: server.origin, body: Buffer.from("a") }))).toBe("ok");
    expect([server.sessions.length, server.seen.length, waits]).toEqual([1, 2, []]);
  });

  it("is opened again with waits after that, if the request may be repeated after a refusal", async () => {
    const server = await start(refuseFirst(3, refusedStream));
    const { http, waits } = patient();
    await http.request({ method: "POST", url: server.origin, retry: "refused" });
    expect([server.seen.length, waits]).toEqual([4, [200, 400]]);
    const other = await start(refuseFirst(3, refusedStream));
    expect(await codeOf(http.request({ method: "POST", url: other.origin }))).toBe("UNAVAILABLE");
    expect(other.seen).toHaveLength(2);
  });

  it("is not opened again when its body may be gone", async () => {
    const server = await start(refuseFirst(1, refusedStream));
    async function* body() {
      yield Buffer.from("a");
    }
    expect(await codeOf(patient().http.request({ method: "POST", url: server.origin, body }))).toBe("UNAVAILABLE");
    expect(server.seen).toHaveLength(1);
  });

  it("does not say that the request which led to it was not looked at", async () => {
    const server = await start((request, response) => {
      if (request.url === "/") response.writeHead(303, { location: "/result" }).end();
      else response.stream?.close(refusedStream);
    });
    expect(await codeOf(patient().http.request({ method: "POST", url: server.origin, retry: "refused" }))).toBe(
      "UNAVAILABLE",
    );
    expect(server.seen).toEqual(["2 POST /", "2 GET /result"]);
  });

  it.each([internalError, enhanceYourCalm])("with the error %i only after a wait", async (code) => {
    const server = await start(refuseFirst(1, code));
    const { http, waits } = patient();
    await http.request({ method: "GET", url: server.origin });
    expect(waits).toEqual([200]);
    const other = await start(refuseFirst(1, code));
    expect(await codeOf(http.request({ method: "POST", url: other.origin, retry: "refused" }))).toBe("UNAVAILABLE");
    expect(other.seen).toHaveLength(1);
  });
});

it.skipIf(!isReady)(`a connection on which a request timed out gets no further ones${note}`, async () => {
  const server = await start((request, response) => {
    if (request.url !== "/silent") response.end();
  });
  const wire = transport();
  const send = (path: string) => {
    const request = wireRequest(`${server.origin}${path}`);
    return { request, answer: wire.send(request) };
  };
  await send("/a").answer;
  const cancelled = send("/silent");
  const silent = send("/silent");
  const late = send("/silent");
  while (server.seen.length < 4) await nextTurn();
  cancelled.request.abort(new BayplanError("CANCELLED", "The caller wants it no more."));
  expect(await codeOf(cancelled.answer)).toBe("CANCELLED");
  await send("/b").answer;
  expect(server.sessions).toHaveLength(1);
  silent.request.abort(new BayplanError("TIMEOUT", "Nothing came."));
  expect(await codeOf(silent.answer)).toBe("TIMEOUT");
  await send("/c").answer;
  expect(server.sessions).toHaveLength(2);
  expect(server.sessions[0]?.destroyed).toBe(false);
  late.request.abort(new BayplanError("CANCELLED", "The caller wants it no more."));
  expect(await codeOf(late.answer)).toBe("CANCELLED");
  while (server.sessions[0]?.destroyed === false) await nextTurn();
});
