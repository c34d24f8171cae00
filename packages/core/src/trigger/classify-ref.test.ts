import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { checkoutStrategy } from "./checkout-strategy.ts";
import { classifyRef } from "./classify-ref.ts";
import { parseLsRemote } from "./parse-ls-remote.ts";
import { checkRefAgreement } from "./ref-agreement.ts";

const sha = (start: string): string => start.padEnd(40, "0123456789abcdef".repeat(3)).slice(0, 40);
const tip = sha("a1b2c3d");
const other = sha("bb22");
const light = sha("cc33");
const tagObject = sha("dd44");
const peeled = sha("ee55");
const text = [
  `${tip}\tHEAD`,
  `${tip}\trefs/heads/main`,
  `${other}\trefs/heads/own/topic`,
  `${other}\trefs/heads/both`,
  `${other}\trefs/heads/beef`,
  `${other}\trefs/heads/${light}`,
  `${other}\trefs/pull/7/head`,
  `${light}\trefs/tags/1.0.0`,
  `${tagObject}\trefs/tags/1.1.0`,
  `${peeled}\trefs/tags/1.1.0^{}`,
  `${light}\trefs/tags/both`,
  "",
].join("\n");
const refs = parseLsRemote(text);
const annotated = { kind: "tag", name: "1.1.0", object: tagObject, commit: peeled, annotated: true };

describe("parseLsRemote", () => {
  it("peels annotated tags", () => {
    expect(refs.isComplete).toBe(true);
    expect(refs.refs).toHaveLength(10);
    expect(refs.refs.find(({ name }) => name === "refs/tags/1.1.0")).toEqual({
      name: "refs/tags/1.1.0",
      kind: "tag",
      object: tagObject,
      commit: peeled,
      annotated: true,
    });
    expect(refs.refs.find(({ name }) => name === "refs/tags/1.0.0")).toMatchObject({ commit: light, annotated: false });
  });

  it("does not know what a listing without peeled lines leaves out", () => {
    const [tag, branch] = parseLsRemote(`${light}\trefs/tags/1\n${tip}\trefs/heads/x`, { hasPeeled: false }).refs;
    expect(tag).toMatchObject({ commit: undefined, annotated: undefined });
    expect(branch).toMatchObject({ commit: tip });
  });

  it("reads other line ends, symbolic refs and nothing at all", () => {
    const listed = parseLsRemote(`ref: refs/heads/main\tHEAD\r\n${tip}\tHEAD\r\n${"f".repeat(64)}\trefs/heads/x\r\n`);
    expect(listed.refs.map(({ name }) => name)).toEqual(["HEAD", "refs/heads/x"]);
    expect(parseLsRemote("")).toEqual({ refs: [], isComplete: true });
  });

  it("stops at its limit and says so", () => {
    expect(parseLsRemote(text, { maxRefs: 3 })).toMatchObject({ isComplete: false, refs: { length: 3 } });
    expect(parseLsRemote(text, { maxRefs: 10 }).isComplete).toBe(true);
  });

  it.each([
    ["another text", "fatal: repository not found"],
    ["a short name of an object", "abc1234\trefs/heads/x"],
    ["spaces", `${tip} refs/heads/x`],
    ["no name", `${tip}\t`],
    ["a peeled line alone", `${tip}\trefs/tags/x^{}`],
    ["a ref that stands twice", `${tip}\trefs/heads/x\n${other}\trefs/heads/x`],
  ])("refuses %s", (_, listing) => {
    expect(codeOf(() => parseLsRemote(listing))).toBe("INVALID_INPUT");
  });

  it("never repeats a line, which may hold a password", () => {
    expect(() => parseLsRemote("From https://me:secret@host/x.git")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") }),
    );
  });
});

describe("classifyRef", () => {
  it.each<[string, object]>([
    ["main", { kind: "branch", name: "main", object: tip, commit: tip }],
    ["refs/heads/main", { kind: "branch", name: "main", object: tip, commit: tip }],
    ["heads/main", { kind: "branch", name: "main", object: tip, commit: tip }],
    ["own/topic", { kind: "branch", name: "own/topic", object: other, commit: other }],
    ["1.0.0", { kind: "tag", name: "1.0.0", object: light, commit: light, annotated: false }],
    ["1.1.0", annotated],
    ["tags/1.1.0", annotated],
    ["both", { kind: "ambiguous", candidates: ["refs/heads/both", "refs/tags/both"] }],
    ["refs/tags/both", { kind: "tag", name: "both", object: light, commit: light, annotated: false }],
    ["refs/heads/both", { kind: "branch", name: "both", object: other, commit: other }],
    [sha("99"), { kind: "sha", commit: sha("99"), abbreviated: undefined }],
    [sha("99").toUpperCase(), { kind: "sha", commit: sha("99"), abbreviated: undefined }],
    ["F".repeat(64), { kind: "sha", commit: "f".repeat(64), abbreviated: undefined }],
    [tagObject.toUpperCase(), annotated],
    [tagObject.slice(0, 9), annotated],
    [peeled, { kind: "sha", commit: peeled, abbreviated: undefined }],
    ["EE55", { kind: "sha", commit: peeled, abbreviated: "ee55" }],
    ["a1b2c3d", { kind: "sha", commit: tip, abbreviated: "a1b2c3d" }],
    ["9999999", { kind: "sha", commit: undefined, abbreviated: "9999999" }],
    ["999999", { kind: "unknown", because: "not-found" }],
    ["beef", { kind: "branch", name: "beef", object: other, commit: other }],
    [light, { kind: "ambiguous", candidates: [light, `refs/heads/${light}`] }],
    ["mian", { kind: "unknown", because: "not-found" }],
    ["Main", { kind: "unknown", because: "not-found" }],
    ["origin/main", { kind: "unknown", because: "not-found" }],
    ["refs/heads/1.1.0", { kind: "unknown", because: "not-found" }],
    ["1.1.0^{}", { kind: "unknown", because: "not-found" }],
    ["", { kind: "unknown", because: "not-found" }],
    ["HEAD", { kind: "unknown", because: "neither-branch-nor-tag" }],
    ["refs/pull/7/head", { kind: "unknown", because: "neither-branch-nor-tag" }],
  ])("%s", (ref, expected) => {
    expect(classifyRef(refs, ref)).toEqual(expected);
  });

  it("calls two objects with one beginning ambiguous", () => {
    const twins = parseLsRemote(`${sha("abcd1234a")}\trefs/heads/a\n${sha("abcd1234b")}\trefs/heads/b`);
    expect(classifyRef(twins, "abcd1234").kind).toBe("ambiguous");
    expect(classifyRef(twins, "abcd1234a")).toMatchObject({ kind: "sha", commit: sha("abcd1234a") });
  });

  it("concludes nothing about names from an incomplete listing", () => {
    const part = { ...refs, isComplete: false };
    expect(classifyRef(part, "main")).toEqual({ kind: "unknown", because: "listing-incomplete" });
    expect(classifyRef(part, "mian")).toEqual({ kind: "unknown", because: "listing-incomplete" });
    expect(classifyRef(part, "refs/heads/main").kind).toBe("branch");
    expect(classifyRef(part, peeled).kind).toBe("sha");
  });

  it("finds every ref by its full name, as what it is", () => {
    const name = fc.stringMatching(/^[a-z0-9][a-z0-9./-]{0,8}$/);
    const object = fc.stringMatching(/^[0-9a-f]{40}$/);
    const entries = fc.uniqueArray(fc.tuple(fc.constantFrom("heads", "tags"), name, object), {
      selector: ([folder, short]) => `${folder}/${short}`,
      maxLength: 8,
    });
    fc.assert(
      fc.property(entries, (listed) => {
        const some = parseLsRemote(listed.map(([folder, short, id]) => `${id}\trefs/${folder}/${short}\n`).join(""));
        for (const [folder, short, id] of listed) {
          const found = classifyRef(some, `refs/${folder}/${short}`);
          expect(found).toMatchObject({ kind: folder === "tags" ? "tag" : "branch", name: short, commit: id });
        }
      }),
    );
  });
});

describe("checkoutStrategy", () => {
  it("resets branches only", () => {
    expect(checkoutStrategy(classifyRef(refs, "own/topic"))).toEqual({
      kind: "branch",
      fetch: "+refs/heads/own/topic:refs/remotes/origin/own/topic",
      checkout: "own/topic",
      detach: false,
      resetTo: "refs/remotes/origin/own/topic",
      commit: other,
    });
    expect(checkoutStrategy(classifyRef(refs, "1.1.0"), { remote: "up" })).toEqual({
      kind: "tag",
      fetch: "+refs/tags/1.1.0:refs/tags/1.1.0",
      checkout: "refs/tags/1.1.0",
      detach: true,
      resetTo: undefined,
      commit: peeled,
    });
    expect(checkoutStrategy(classifyRef(refs, tip.toUpperCase()))).toMatchObject({
      kind: "sha",
      fetch: tip,
      checkout: tip,
      detach: true,
      resetTo: undefined,
    });
    expect(checkoutStrategy(classifyRef(refs, "9999999"))).toMatchObject({ checkout: "9999999", commit: undefined });
  });

  it("refuses what is not one thing", () => {
    expect(codeOf(() => checkoutStrategy(classifyRef(refs, "mian")))).toBe("NOT_FOUND");
    expect(codeOf(() => checkoutStrategy(classifyRef(refs, "both")))).toBe("INVALID_INPUT");
    expect(codeOf(() => checkoutStrategy(classifyRef({ ...refs, isComplete: false }, "mian")))).toBe("INCOMPLETE");
  });
});

describe("checkRefAgreement", () => {
  it.each<[string, string, object]>([
    ["1.1.0", peeled.toUpperCase(), { state: "agrees", kind: "tag" }],
    ["main", tip, { state: "agrees", kind: "branch" }],
    [tip, tip, { state: "agrees", kind: "sha" }],
    ["1.1.0", tagObject, { state: "disagrees", kind: "tag", found: peeled }],
    ["1.0.0", tip, { state: "disagrees", kind: "tag", found: light }],
    [tip, other, { state: "disagrees", kind: "sha", found: tip }],
    ["9999999", tip, { state: "disagrees", kind: "sha", found: "9999999" }],
    ["9999999", sha("9999999"), { state: "unknown", because: "commit-unknown" }],
    ["main", other, { state: "unknown", because: "branch-moved" }],
    ["both", light, { state: "unknown", because: "ambiguous" }],
    ["mian", tip, { state: "unknown", because: "not-found" }],
  ])("%s and %s", (ref, commit, expected) => {
    expect(checkRefAgreement(refs, { ref, sha: commit })).toEqual(expected);
  });

  it("does not know the commit of a tag that was not peeled", () => {
    const unpeeled = parseLsRemote(`${tagObject}\trefs/tags/1\n`, { hasPeeled: false });
    expect(checkRefAgreement(unpeeled, { ref: "1", sha: tagObject })).toEqual({
      state: "unknown",
      because: "commit-unknown",
    });
  });

  it("wants a whole commit", () => {
    expect(codeOf(() => checkRefAgreement(refs, { ref: "main", sha: tip.slice(0, 7) }))).toBe("INVALID_INPUT");
  });
});
