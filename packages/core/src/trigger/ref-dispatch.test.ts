import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { parseGitRefName } from "./git-ref-name.ts";
import { type RefSources, receiveRef } from "./receive-ref.ts";
import { createRefDispatch, type MovedRef, type RefDispatchTarget } from "./ref-dispatch.ts";

const sha = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
const target: RefDispatchTarget = { repository: "own/images", eventType: "source-moved", prefix: "src_" };

describe("parseGitRefName", () => {
  it.each(["main", "1.2.0", "own/#295-x", "refs/heads/a", "a@b", "é", "a.b/c-d", "@x"])("takes %s", (name) => {
    expect(parseGitRefName(name)).toBe(name);
  });

  it.each([
    ...["", "@", "-f", "/a", "a/", "a//b", ".a", "a/.b", "a.", "a..b", "a.lock", "a.lock/b", "a b", "a~1", "a^", "a:b"],
    ...["a?", "a*", "a[", "a\\b", "a@{1}", "a\nb", "a\u007f", "a\tb"],
  ])("refuses %j", (name) => {
    expect(codeOf(() => parseGitRefName(name))).toBe("INVALID_INPUT");
  });
});

describe("createRefDispatch", () => {
  it("tells ref, commit and its short form", () => {
    expect(createRefDispatch(target, { ref: "1.2.0", sha: sha.toUpperCase() })).toEqual({
      repository: "own/images",
      event_type: "source-moved",
      client_payload: { src_ref: "1.2.0", src_sha: sha, src_sha_short: sha.slice(0, 7) },
    });
    const { client_payload } = createRefDispatch(
      { repository: "own/images", eventType: "x", shortLength: 12, extra: { why: "a\nb" } },
      { ref: "main", sha, kind: "branch" },
    );
    expect(client_payload).toEqual({ ref: "main", sha, sha_short: sha.slice(0, 12), ref_type: "branch", why: "a\nb" });
  });

  it.each<[string, Partial<RefDispatchTarget>, Partial<MovedRef>]>([
    ["a repository", { repository: "images" }, {}],
    ["a repository with more", { repository: "own/images/x" }, {}],
    ["no event type", { eventType: " " }, {}],
    ["a long event type", { eventType: "x".repeat(101) }, {}],
    ["a prefix", { prefix: "a-" }, {}],
    ["a short sha of nothing", { shortLength: 0 }, {}],
    ["a key of its own", { extra: { src_sha: "x" } }, {}],
    ["too many keys", { extra: Object.fromEntries([..."abcdefgh"].map((key) => [key, ""])) }, {}],
    ["too much", { extra: { a: "x".repeat(70_000) } }, {}],
    ["a short commit", {}, { sha: sha.slice(0, 7) }],
    ["a commit that is none", {}, { sha: "0".repeat(40) }],
    ["a ref", {}, { ref: "$(id) x" }],
  ])("refuses %s", (_, part, ref) => {
    expect(codeOf(() => createRefDispatch({ ...target, ...part }, { ref: "main", sha, ...ref }))).toBe("INVALID_INPUT");
  });

  it("is read by the other side as it was meant", () => {
    const ref = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,10}(\/[a-z0-9_-]{1,5})?$/);
    const commit = fc.stringMatching(/^[1-9a-fA-F][0-9a-fA-F]{39}$/);
    const kind = fc.constantFrom("branch" as const, "tag" as const);
    fc.assert(
      fc.property(ref, commit, kind, fc.constantFrom("", "a_"), (name, id, refKind, prefix) => {
        const { client_payload } = createRefDispatch({ ...target, prefix }, { ref: name, sha: id, kind: refKind });
        const payload: unknown = JSON.parse(JSON.stringify(client_payload));
        const received = receiveRef({ payload: payload as Record<string, unknown>, defaultRef: "main", prefix });
        const commitName = id.toLowerCase();
        expect(received).toEqual({
          ref: name,
          sha: commitName,
          checkoutRef: commitName,
          kind: refKind,
          refFrom: "payload",
          shaFrom: "payload",
          isMixed: false,
        });
      }),
    );
  });
});

describe("receiveRef", () => {
  const received = (sources: Partial<RefSources>) => receiveRef({ defaultRef: "main", ...sources });

  it("takes the payload before the input before the default", () => {
    const payload = { ref: "1.2.0", sha };
    const inputs = { ref: "topic", sha: "abcdef1" };
    expect(received({ payload, inputs })).toMatchObject({ ref: "1.2.0", sha, checkoutRef: sha, refFrom: "payload" });
    expect(received({ inputs })).toMatchObject({ ref: "topic", checkoutRef: "abcdef1", shaFrom: "input" });
    expect(received({ inputs: { ref: "topic" } })).toMatchObject({ sha: undefined, checkoutRef: "topic" });
    expect(received({})).toMatchObject({ ref: "main", checkoutRef: "main", refFrom: "default", shaFrom: undefined });
  });

  it("takes empty for missing", () => {
    expect(received({ payload: { ref: "", sha: null }, inputs: { ref: "x", sha: "" } })).toMatchObject({
      ref: "x",
      sha: undefined,
      refFrom: "input",
    });
  });

  it("says when ref and commit come from different places", () => {
    expect(received({ payload: { ref: "x" }, inputs: { sha } })).toMatchObject({ sha, isMixed: true });
    expect(received({ inputs: { sha } })).toMatchObject({ ref: "main", sha, isMixed: true });
    expect(received({ inputs: { ref: "x" } }).isMixed).toBe(false);
  });

  it.each<[string, Partial<RefSources>]>([
    ["a ref that is a command", { payload: { ref: "$(touch x) y" } }],
    ["a ref that is an option", { inputs: { ref: "--upload-pack=x" } }],
    ["a ref that is no text", { payload: { ref: ["main"] } }],
    ["a commit that is a ref", { payload: { ref: "x", sha: "main" } }],
    ["a commit that is none", { payload: { ref: "x", sha: "0".repeat(40) } }],
    ["a commit with more behind it", { payload: { ref: "x", sha: `${sha} x` } }],
    ["a short form of another commit", { payload: { ref: "x", sha, sha_short: "fffffff" } }],
    ["a ref that is another commit", { payload: { ref: "f".repeat(40), sha } }],
    ["a kind", { payload: { ref: "x", ref_type: "commit" } }],
    ["a default that is none", { defaultRef: "" }],
  ])("refuses %s", (_, sources) => {
    expect(codeOf(() => received(sources))).toBe("INVALID_INPUT");
  });
});
