import fc from "fast-check";
import { expect, it } from "vitest";
import { nextHop } from "./redirect.ts";

const hosts = ["a.example", "b.example", "sub.a.example", "a.example.b.example"];
const origins = hosts.flatMap((host) => [`https://${host}`, `https://${host}:8443`]);

it("never takes a credential to another origin, along any chain of redirects", () => {
  const step = fc.record({
    status: fc.constantFrom(301, 302, 303, 307, 308),
    location: fc.constantFrom("/x", "?y", ...origins),
  });
  const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE");
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), method, (steps, first) => {
      const start = new URL("https://a.example/start");
      let left = false;
      let hop = {
        method: first,
        url: start,
        headers: { "private-token": "secret", accept: "a/b" } as Readonly<Record<string, string>>,
        authorization: "secret",
        hasBody: true,
        secretBody: false,
      } as Parameters<typeof nextHop>[0];
      for (const { status, location } of steps) {
        hop = nextHop(hop, status, location);
        left ||= hop.url.origin !== start.origin;
        expect(JSON.stringify([hop.headers, hop.authorization ?? ""]).includes("secret")).toBe(!left);
        expect(hop.headers["accept"]).toBe("a/b");
      }
    }),
  );
});

it.each([
  ["https://a.example/", "http://a.example/"],
  ["https://a.example/", "https://localhost/"],
  ["https://a.example/", "https://127.1/"],
  ["https://a.example/", "https://user@a.example/"],
  ["https://a.example/", "data:text/plain,x"],
  ["https://a.example/", undefined],
])("refuses to go from %s to %s", (from, location) => {
  const hop = { method: "GET", url: new URL(from), headers: {}, hasBody: false, secretBody: false };
  expect(() => nextHop(hop, 302, location)).toThrow(expect.objectContaining({ code: "RESPONSE_INVALID" }));
});
