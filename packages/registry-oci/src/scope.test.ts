import fc from "fast-check";
import { expect, it } from "vitest";
import { coversScopes, formatScope, mergeScopes, parseScopes, repositoryScope } from "./scope.ts";

const texts = (text: string) => mergeScopes(parseScopes(text)).map(formatScope);

it.each([
  ["repository:a/b:push,pull", ["repository:a/b:pull,push"]],
  ["repository:a/b:pull repository:a/b:push", ["repository:a/b:pull,push"]],
  ["repository:a/b:pull,* repository:c/d:pull", ["repository:a/b:*", "repository:c/d:pull"]],
  ["repository:host:5000/a/b:pull", ["repository:host:5000/a/b:pull"]],
  ["registry:catalog:*", ["registry:catalog:*"]],
  ["aws", ["aws"]],
  ["repository:user/image:pull", []],
  ["repository:user/image:pull repository:a/b:pull", ["repository:a/b:pull"]],
  ["  ", []],
  ['repository:a/b"x:pull', []],
])("the scopes %j are %j", (text, expected) => {
  expect(texts(text)).toEqual(expected);
});

it("keeps the first 25 resources in their order", () => {
  const many = Array.from({ length: 40 }, (_, index) => repositoryScope(`a/${99 - index}`, "pull"));
  const merged = mergeScopes(many);
  expect(merged.map((scope) => scope.resource)).toEqual(many.slice(0, 25).map((scope) => scope.resource));
});

it("keeps as many as 6,000 characters of a URL hold, and the first always", () => {
  const kept = (names: readonly string[]) => mergeScopes(names.map((name) => repositoryScope(name, "pull")));
  // With "scope=repository%3A", "%3Apull" and "&" each is 1,000 characters: what is encoded counts as what it becomes.
  const name = `${"x/".repeat(100)}${"y".repeat(573)}`;
  expect(kept(Array.from({ length: 9 }, (_, index) => `${index}${name.slice(1)}`))).toHaveLength(6);
  expect(kept(["z".repeat(7_000), "a/b"]).map(({ resource }) => resource.length)).toEqual([7_011]);
  expect(kept(["a/b", "z".repeat(7_000), "c/d"]).map(formatScope)).toEqual(["repository:a/b:pull"]);
});

it("knows which token serves for what", () => {
  const have = parseScopes("repository:a/b:pull,push repository:c/d:*");
  expect(coversScopes(have, [repositoryScope("a/b", "pull")])).toBe(true);
  expect(coversScopes(have, [repositoryScope("c/d", "delete,pull"), repositoryScope("a/b", "push")])).toBe(true);
  expect(coversScopes(have, [repositoryScope("a/b", "delete")])).toBe(false);
  expect(coversScopes(have, [repositoryScope("e/f", "pull")])).toBe(false);
});

it("merges whatever a challenge says to something that covers it and does not change any more", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,3}:[a-z/:]{1,4}:[a-z,*]{0,4}$/), { maxLength: 20 }), (scopes) => {
      const parsed = parseScopes(scopes.join(" "));
      const merged = mergeScopes(parsed);
      expect(coversScopes(merged, parsed)).toBe(true);
      expect(mergeScopes(merged)).toEqual(merged);
    }),
  );
});
