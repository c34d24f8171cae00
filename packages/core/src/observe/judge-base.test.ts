import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOfText } from "../oci/digest.ts";
import { parseReference } from "../oci/reference.ts";
import type { PlatformFact } from "./image-fact.ts";
import { type CurrentBase, judgeBase } from "./judge-base.ts";

const [index, manifest, old] = [digestOfText("index"), digestOfText("manifest"), digestOfText("old")];
const image = (members: Partial<PlatformFact> = {}): PlatformFact => ({
  digest: digestOfText("image"),
  base: {},
  diffIds: ["b1", "b2", "own"],
  history: ["h1", "h2", "h3"],
  ...members,
});
const base = (members: Partial<CurrentBase> = {}): CurrentBase => ({
  reference: parseReference("debian:13"),
  digest: index,
  manifest,
  fact: image({ diffIds: ["b1", "b2"], history: ["h1", "h2"] }),
  ...members,
});
const tells = (digest: string, name = "docker.io/library/debian:13") => image({ base: { name, digest } });

describe("judgeBase", () => {
  it.each<[string, PlatformFact, CurrentBase, object]>([
    ["the digest of the index", tells(index), base(), { state: "current", method: "annotation" }],
    ["the digest of the platform's manifest", tells(manifest), base(), { state: "current", method: "annotation" }],
    ["another digest", tells(old), base(), { state: "drifted", method: "annotation", from: old }],
    ["another spelling of the name", tells(index, "debian:13"), base(), { state: "current", method: "annotation" }],
    ["a name without tag that means latest", tells(old, "debian"), base(), { state: "current", method: "layers" }],
    ["the name of another image: inherited", tells(old, "alpine:3"), base(), { state: "current", method: "layers" }],
    ["a name that is none", tells(old, "a b"), base(), { state: "current", method: "layers" }],
    ["a digest while the manifest is not known", tells(old), without("manifest"), { state: "unknown" }],
    ["the base's layers first", image(), base(), { state: "current", method: "layers" }],
    ["other layers first", image({ diffIds: ["x", "b2", "own"] }), base(), { state: "drifted", method: "layers" }],
    [
      "the base's layers, but not first",
      image({ diffIds: ["x", "b1", "b2"] }),
      base(),
      { state: "drifted", method: "layers" },
    ],
    ["fewer layers than the base", image({ diffIds: ["b1"] }), base(), { state: "drifted", method: "layers" }],
    [
      "another history on the same layers",
      image({ history: ["h1", "x", "h3"] }),
      base(),
      { state: "drifted", method: "layers" },
    ],
    ["no history", image({ history: [] }), base(), { state: "current", method: "layers" }],
    ["no layers at all", image({ diffIds: [] }), base(), { state: "unproven" }],
    ["something, of a base that was not read", image(), without("fact"), { state: "unknown" }],
  ])("an image with %s", (_, built, current, expected) => {
    expect(judgeBase(built, current)).toEqual(expected);
  });

  it("by layers: current exactly when something was built on them", () => {
    const ids = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 4 });
    fc.assert(
      fc.property(ids, ids, (below, all) => {
        const verdict = judgeBase(
          image({ diffIds: all, history: [] }),
          base({ fact: image({ diffIds: below }) }),
        ).state;
        const isOn = all.slice(0, below.length).join() === below.join();
        expect(verdict).toBe(below.length === 0 || all.length === 0 ? "unproven" : isOn ? "current" : "drifted");
      }),
    );
  });
});

function without(member: "manifest" | "fact"): CurrentBase {
  const { [member]: _, ...rest } = base();
  return rest as CurrentBase;
}
