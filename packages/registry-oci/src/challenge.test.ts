import fc from "fast-check";
import { expect, it } from "vitest";
import { parseChallenges } from "./challenge.ts";

function read(...headers: string[]) {
  return parseChallenges(headers).map(({ scheme, parameters }) => [scheme, { ...parameters }]);
}

it.each([
  [[], []],
  [[""], []],
  [["Basic"], [["basic", {}]]],
  [['Basic realm="a b, c"'], [["basic", { realm: "a b, c" }]]],
  [
    ['Bearer realm="https://h/t",service="s",scope="repository:a/b:pull,push"'],
    [["bearer", { realm: "https://h/t", service: "s", scope: "repository:a/b:pull,push" }]],
  ],
  [['Bearer realm="x\\"y\\\\z"'], [["bearer", { realm: 'x"y\\z' }]]],
  [
    ['Basic realm="a", Bearer realm="b",service=s'],
    [
      ["basic", { realm: "a" }],
      ["bearer", { realm: "b", service: "s" }],
    ],
  ],
  [
    ['Bearer realm="b", Basic realm="a"'],
    [
      ["bearer", { realm: "b" }],
      ["basic", { realm: "a" }],
    ],
  ],
  [
    ["Negotiate", 'Basic realm="a"'],
    [
      ["negotiate", {}],
      ["basic", { realm: "a" }],
    ],
  ],
  [
    ['Negotiate YIIabc==, Bearer realm="b"'],
    [
      ["negotiate", {}],
      ["bearer", { realm: "b" }],
    ],
  ],
  [['BEARER REALM = "b" , SERVICE = "s"'], [["bearer", { realm: "b", service: "s" }]]],
  [['Bearer realm="first",realm="second"'], [["bearer", { realm: "first" }]]],
  [['Bearer realm="unfinished'], [["bearer", {}]]],
  [[', ,Basic realm="a",'], [["basic", { realm: "a" }]]],
  [['Bearer realm=""'], [["bearer", { realm: "" }]]],
] as const)("%j", (headers, expected) => {
  expect(read(...headers)).toEqual(expected);
});

it("reads back what it is given, in every mixture, and never fails on anything", () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  const parameters = fc.dictionary(word, fc.string(), { minKeys: 1, maxKeys: 4, noNullPrototype: true });
  const challenge = fc.record({ scheme: word, parameters });
  fc.assert(
    fc.property(fc.array(fc.array(challenge, { maxLength: 3 }), { maxLength: 3 }), (headers) => {
      const texts = headers.map((list) =>
        list
          .map((one) => {
            const pairs = Object.entries(one.parameters).map(
              ([name, value]) => `${name}="${value.replaceAll(/["\\]/g, "\\$&")}"`,
            );
            return `${one.scheme} ${pairs.join(", ")}`;
          })
          .join(", "),
      );
      fc.pre(!texts.join("").match(/[\n\r\u2028\u2029]/));
      expect(read(...texts)).toEqual(headers.flat().map((one) => [one.scheme, one.parameters]));
    }),
  );
  fc.assert(fc.property(fc.array(fc.string({ unit: "binary" })), (headers) => Array.isArray(parseChallenges(headers))));
});

it("is not slowed down by a hostile header", () => {
  const before = performance.now();
  parseChallenges(["a=".repeat(100_000), '"'.repeat(100_000), "a ".repeat(100_000), 'a b="'.repeat(50_000)]);
  expect(performance.now() - before).toBeLessThan(1000);
});
