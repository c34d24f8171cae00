import { afterEach, describe, expect, it } from "vitest";
import { withLightRequests } from "./light-request.ts";
import { type ServedHandler, serve } from "./serve.ts";

let served: ServedHandler | undefined;
afterEach(() => served?.close());

describe("a light request", () => {
  it("is a Request to whoever looks: body, clone and the rest come when asked for", async () => {
    served = await serve(
      withLightRequests(async (request) => {
        const copy = request.clone();
        return Response.json({
          isRequest: request instanceof Request,
          method: request.method,
          path: new URL(request.url).pathname,
          mark: request.headers.get("x-mark"),
          isAborted: request.signal.aborted,
          mode: request.mode,
          text: await request.text(),
          bodyUsed: request.bodyUsed,
          copied: await copy.json(),
        });
      }),
    );
    const response = await fetch(`${served.origin}/a`, { method: "PUT", headers: { "x-mark": "m" }, body: "[1]" });
    expect(await response.json()).toEqual({
      isRequest: true,
      method: "PUT",
      path: "/a",
      mark: "m",
      isAborted: false,
      mode: "cors",
      text: "[1]",
      bodyUsed: true,
      copied: [1],
    });
  });

  it("is only given to handlers that asked for it: others may hand theirs on", async () => {
    served = await serve(
      async (request) => new Response(new Request(request, { headers: { a: "b" } }).headers.get("a")),
    );
    expect(await (await fetch(served.origin)).text()).toBe("b");
  });
});
