import { assignTags, createVersionScheme, type TagContext } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import { at, sha } from "../testing/run-at.ts";
import { importMetadataPolicy } from "./import-metadata-policy.ts";
import { decideMetadataTags } from "./metadata-tags.ts";
import type { MetadataActionInputs } from "./parse-metadata-inputs.ts";

function imported(
  inputs: MetadataActionInputs,
  ref: string,
  eventName = "push",
  known: readonly string[] = [],
): readonly string[] {
  const policy = importMetadataPolicy(inputs);
  const context: TagContext = {
    repository: "reg.example/o/app",
    known: { state: "complete", tags: known },
    event: { name: eventName, ref, sha, defaultBranch: "main" },
    // Nothing is there yet, so that every moving tag may be made.
    ancestry: Object.fromEntries(
      ["main", "edge", "latest", "nightly", "x", "x-main", "dev", "p-main-s"].map((tag) => [tag, { state: "absent" }]),
    ),
  };
  return assignTags({ rules: policy.rules, scheme: createVersionScheme(policy.scheme) }, context).tags.map(
    ({ tag }) => tag,
  );
}

function semver(pattern: string): string {
  return `type=semver,pattern=${pattern}`;
}

describe("importMetadataPolicy", () => {
  it.each<[string, MetadataActionInputs, string, string?]>([
    ["no tags at all, on a branch", {}, "refs/heads/main"],
    ["no tags at all, on a pull request", {}, "refs/pull/7/merge", "pull_request"],
    [
      "a release",
      { tags: [semver("{{version}}"), semver("{{major}}.{{minor}}"), semver("{{major}}")] },
      "refs/tags/v1.2.3",
    ],
    ["a release without its v", { tags: [semver("{{version}}"), semver("{{raw}}")] }, "refs/tags/1.2.3"],
    ["a release as written", { tags: [semver("{{raw}}")] }, "refs/tags/v1.2.3"],
    ["a pre-release", { tags: [semver("{{version}}")] }, "refs/tags/v1.2.3-rc.1"],
    ["commits", { tags: ["type=sha", "type=sha,format=long,prefix="] }, "refs/heads/main"],
    ["the edge and a condition", { tags: ["type=edge", "type=raw,x,enable={{is_default_branch}}"] }, "refs/heads/main"],
    [
      "elsewhere",
      { tags: ["type=edge", "type=ref,event=branch", "type=raw,x,enable={{is_default_branch}}"] },
      "refs/heads/dev",
    ],
    ["a schedule", { tags: ["type=schedule", "type=ref,event=branch"] }, "refs/heads/main", "schedule"],
    ["affixes", { tags: ["type=ref,event=branch"], flavor: ["prefix=p-", "suffix=-s"] }, "refs/heads/main"],
    ["expressions", { tags: ["type=raw,value=x-{{branch}}"] }, "refs/heads/main"],
  ])("gives the same tags: %s", (_name, inputs, ref, eventName = "push") => {
    const theirs = decideMetadataTags(inputs, at(ref, { eventName })).tagNames;
    expect(theirs.length).toBeGreaterThan(0);
    expect([...imported(inputs, ref, eventName)].sort()).toEqual([...theirs].sort());
  });

  it("guards what the action moves without looking", () => {
    const inputs = { tags: [semver("{{version}}"), semver("{{major}}")] };
    expect(decideMetadataTags(inputs, at("refs/tags/v1.9.9")).tagNames).toEqual(["1.9.9", "1", "latest"]);
    expect(imported(inputs, "refs/tags/v1.9.9", "push", ["2.0.0", "1.9.8"])).toEqual(["1.9.9", "1"]);
    expect(imported(inputs, "refs/tags/v1.9.7", "push", ["2.0.0", "1.9.8"])).toEqual(["1.9.7"]);
  });

  it.each<[string, MetadataActionInputs]>([
    ["a condition", { tags: ["x,enable={{branch}}"] }],
    ["a value of its own", { tags: [`${semver("{{version}}")},value=v1.2.3`], flavor: ["latest=false"] }],
    ["match=", { tags: [`${semver("{{version}}")},match=p/(.*)`], flavor: ["latest=false"] }],
    ["a helper in a pattern", { tags: [semver("{{#if major}}{{major}}{{/if}}")], flavor: ["latest=false"] }],
    ["a zone", { tags: ["type=schedule,pattern={{date 'YYYY' tz='Asia/Tokyo'}}"] }],
    ["a month's name", { tags: ["type=raw,value={{date 'MMMM'}}"] }],
    ["flags", { tags: ["type=match,pattern=/x/i"], flavor: ["latest=false"] }],
    ["the default branch as a text", { tags: ["type=raw,value={{is_default_branch}}"] }],
    [
      "an expression in the name of latest",
      { tags: ["type=match,pattern=/x/i"], flavor: ["prefix={{sha}},onlatest=true"] },
    ],
  ])("leaves out what cannot be said, and says so: %s", (_name, inputs) => {
    const { rules, warnings } = importMetadataPolicy(inputs);
    expect(rules).toEqual([]);
    expect(warnings.map(({ code }) => code)).toContain("not-expressible");
  });

  it("gives latest only where the action would", () => {
    const first = { tags: ["type=raw,x,priority=999", semver("{{version}}")] };
    expect(decideMetadataTags(first, at("refs/tags/v1.2.3")).tagNames).not.toContain("latest");
    expect(imported(first, "refs/tags/v1.2.3")).not.toContain("latest");
    const always = { tags: ["type=ref,event=branch"], flavor: ["latest=true"] };
    expect(imported(always, "refs/heads/main")).toEqual(["main", "latest"]);
    expect(imported(always, "refs/tags/v1.2.3")).toEqual([]);
    const conditional = { tags: ["type=match,pattern=/x/i", semver("{{version}}")] };
    expect(imported(conditional, "refs/tags/v1.2.3")).toContain("latest");
    const lost = { tags: [`${semver("{{version}}")},enable={{branch}}`] };
    expect(importMetadataPolicy(lost).rules).toEqual([]);
  });

  it("takes one scheme, and names the images", () => {
    const policy = importMetadataPolicy({
      images: ["Reg.example/A", "reg.example/a", "b,enable=false"],
      tags: ["type=pep440,pattern={{raw}}", semver("{{version}}")],
      flavor: ["latest=false"],
    });
    expect(policy.scheme).toBe("pep440");
    expect(policy.repositories).toEqual(["reg.example/a"]);
    expect(policy.rules).toEqual([{ kind: "exact", template: "{version}" }]);
    expect(policy.warnings.map(({ code }) => code)).toEqual(["two-schemes"]);
  });
});
