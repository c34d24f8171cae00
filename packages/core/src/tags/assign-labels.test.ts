import { describe, expect, it } from "vitest";
import { parseInstant } from "../instant.ts";
import { codeOf } from "../testing/code-of.ts";
import { assignLabels, type LabelPolicy } from "./assign-labels.ts";

const key = (name: string) => `org.opencontainers.image.${name}`;
const facts = {
  title: "web",
  version: "1.2.3",
  licenses: "",
  committedAt: parseInstant("2026-01-02T03:04:05Z"),
  sourceDateEpoch: "1764547200",
  now: parseInstant("2026-05-06T07:08:09Z"),
};

describe("assignLabels", () => {
  it("gives the usual keys that are known, in order, on every level", () => {
    const usual = { [key("created")]: "2026-01-02T03:04:05Z", [key("title")]: "web", [key("version")]: "1.2.3" };
    const { labels, annotations } = assignLabels(facts);
    expect(Object.entries(labels)).toEqual(Object.entries(usual));
    expect(annotations).toEqual({ manifest: usual, index: usual });
  });

  it.each<[NonNullable<LabelPolicy["created"]>, string | undefined]>([
    ["commit", "2026-01-02T03:04:05Z"],
    ["source-date-epoch", "2025-12-01T00:00:00Z"],
    ["now", "2026-05-06T07:08:09Z"],
    ["none", undefined],
  ])("takes created from %s", (created, expected) => {
    expect(assignLabels(facts, { created }).labels[key("created")]).toBe(expected);
    expect(assignLabels({}, { created }).labels).toEqual({});
  });

  it.each(["", "1.5", "-1", "1e3", "now", "9999999999999"])("refuses %j as SOURCE_DATE_EPOCH", (sourceDateEpoch) => {
    expect(codeOf(() => assignLabels({ sourceDateEpoch }, { created: "source-date-epoch" }))).toBe("INVALID_INPUT");
  });

  it("takes keys away and changes single levels", () => {
    const { labels, annotations } = assignLabels(facts, {
      created: "none",
      set: { [key("title")]: null, team: "a&b=c\nd" },
      labels: { team: null, only: "labels" },
      annotations: { index: { team: "index" }, "manifest-descriptor": {} },
    });
    expect(labels).toEqual({ only: "labels", [key("version")]: "1.2.3" });
    expect(annotations).toEqual({
      index: { [key("version")]: "1.2.3", team: "index" },
      "manifest-descriptor": { [key("version")]: "1.2.3", team: "a&b=c\nd" },
    });
    expect(assignLabels(facts, { defaults: false, set: { a: "b" } }).labels).toEqual({ a: "b" });
  });

  it.each(["", "a=b", "a\nb"])("refuses the key %j", (bad) => {
    expect(codeOf(() => assignLabels({}, { set: { [bad]: "x" } }))).toBe("INVALID_INPUT");
  });
});
