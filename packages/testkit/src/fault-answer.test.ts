import { request as send } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FaultEffect } from "./fault.ts";
import { type ServedHandler, serve } from "./serve.ts";
import { createSimulatedServer, type SimulatedServer } from "./simulated-server.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const digest = `sha256:${"a".repeat(64)}`;
const clock = createVirtualClock({ auto: true });
let server: SimulatedServer;
let served: ServedHandler;
beforeEach(async () => {
  const headers = { "content-type": "text/plain", "content-length": "10", "docker-content-digest": digest };
  server = createSimulatedServer(async () => new Response("0123456789", { headers }), clock);
  served = await serve(server.fetch);
});
afterEach(() => served.close());

/** What both a direct caller and a client on the socket see. */
async function onBoth<Seen>(effect: FaultEffect, see: (response: Response) => Promise<Seen> | Seen): Promise<Seen> {
  const seen: Seen[] = [];
  for (const ask of [server.fetch, fetch]) {
    const fault = server.inject({ match: {}, effect });
    seen.push(await see(await ask(`${served.origin}/items`)));
    expect(fault.hits).toBe(1);
  }
  expect(seen[1]).toEqual(seen[0]);
  return seen[0] as Seen;
}

describe("a fault of the answer", () => {
  it("cuts the body short without a word", async () => {
    const seen = await onBoth({ truncateTo: 4, hidden: true }, async (response) => [
      response.headers.get("content-length"),
      await response.text(),
    ]);
    expect(seen).toEqual([null, "0123"]);
  });

  it("names a digest that is not the content's, or changes the content and not its length", async () => {
    const see = async (response: Response) => [response.headers.get("docker-content-digest"), await response.text()];
    expect(await onBoth({ wrongDigest: "header" }, see)).toEqual([`sha256:${"0".repeat(64)}`, "0123456789"]);
    expect(await onBoth({ wrongDigest: "body" }, see)).toEqual([digest, "0123456788"]);
  });

  it("leaves headers out, and sets others", async () => {
    const effect = { changeHeaders: { "Content-Type": null, "Docker-Content-Digest": null, "X-Odd": "yes" } };
    const seen = await onBoth(effect, ({ headers }) =>
      ["content-type", "docker-content-digest", "x-odd", "content-length"].map((name) => headers.get(name)),
    );
    expect(seen).toEqual([null, null, "yes", "10"]);
  });

  it("doubles a header, in two lines on the socket", async () => {
    const effect = { changeHeaders: { "Docker-Content-Digest": [digest, "sha256:other"] } };
    const joined = await onBoth(effect, ({ headers }) => headers.get("docker-content-digest"));
    expect(joined).toBe(`${digest}, sha256:other`);
    server.inject({ match: {}, effect });
    const lines = await new Promise<readonly string[]>((resolve) => {
      send(served.origin, (incoming) => resolve(incoming.resume().rawHeaders)).end();
    });
    expect(lines.filter((_, index) => lines[index - 1] === "docker-content-digest")).toEqual([digest, "sha256:other"]);
  });

  it("drips the body, piece after piece on the server's clock", async () => {
    const before = Date.parse(clock.now());
    const pieces = await onBoth({ dripBytes: 4, everyMs: 1000 }, async (response) => {
      const texts: string[] = [];
      for await (const chunk of response.body ?? []) texts.push(Buffer.from(chunk as Uint8Array).toString());
      return texts.join("").length;
    });
    expect([pieces, Date.parse(clock.now()) - before]).toEqual([10, 6000]);
  });

  it("stops dripping when the client stops reading", async () => {
    const waiting = createVirtualClock();
    const slow = createSimulatedServer(async () => new Response("0123456789"), waiting);
    slow.inject({ match: {}, effect: { dripBytes: 1, everyMs: 3_600_000 } });
    const mounted = await serve(slow.fetch);
    const abort = new AbortController();
    const response = await fetch(mounted.origin, { signal: abort.signal });
    const reading = response.text();
    abort.abort();
    await expect(reading).rejects.toThrow();
    await mounted.close();
  });

  const delays: Readonly<Record<string, number>> = {
    "880.092µs": 0.880092,
    "10.305464ms": 10.305464,
    "1.5s": 1500,
    "2m3s": 123_000,
    "1h0m1s": 3_601_000,
    "0s": 0,
  };
  for (const [text, delayMs] of Object.entries(delays)) {
    it(`answers 429 with the delay only in the body: ${text}`, async () => {
      const seen = await onBoth({ rateLimitedForMs: delayMs }, async (response) => {
        const { errors } = (await response.json()) as { errors: readonly { code: string; message: string }[] };
        return [response.status, response.headers.has("retry-after"), errors[0]?.code, errors[0]?.message];
      });
      expect(seen).toEqual([429, false, "TOOMANYREQUESTS", `retry-after: ${text}, allowed: 2000/minute`]);
    });
  }

  it("is refused where it would come from a past that is not kept", () => {
    const inject = () => server.inject({ match: {}, effect: { staleByMs: 1 } });
    expect(inject).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
  });
});
