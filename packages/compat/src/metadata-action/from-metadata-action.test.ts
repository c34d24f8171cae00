import { describe, expect, it } from "vitest";
import { at, now, refusal, sha } from "../testing/run-at.ts";
import { fromMetadataAction } from "./from-metadata-action.ts";
import { decideMetadataTags } from "./metadata-tags.ts";
import type { MetadataActionInputs } from "./parse-metadata-inputs.ts";
import type { MetadataActionContext } from "./read-metadata-context.ts";

function codes(inputs: MetadataActionInputs, context: MetadataActionContext): readonly string[] {
  return fromMetadataAction(inputs, context).diagnostics.map(({ code }) => code);
}

describe("fromMetadataAction, labels and documents", () => {
  const context = at("refs/heads/main");
  const image = "org.opencontainers.image.";

  it("gives eight labels, sorted, of which entries may change and none can remove one", () => {
    const { labels } = fromMetadataAction(
      { tags: ["x"], labels: ["b=1", "a={{branch}}", `${image}title=T=1`, "none"] },
      context,
    );
    expect(labels).toEqual([
      "a=main",
      "b=1",
      `${image}created=${now}`,
      `${image}description=A bay & more`,
      `${image}licenses=MIT`,
      `${image}revision=${sha}`,
      `${image}source=https://git.example/o/bay`,
      `${image}title=T=1`,
      `${image}url=https://git.example/o/bay`,
      `${image}version=x`,
    ]);
  });

  it("escapes what an expression gives, splits at the first = and keeps the last of a key", () => {
    const { labels } = fromMetadataAction({ labels: ["a=1", "a={{branch}}=2"] }, at("refs/heads/x&y"));
    expect(labels).toContain("a=x&amp;y=2");
    expect(labels.filter((label) => label.startsWith("a="))).toHaveLength(1);
  });

  it("renders labels after the tags, so that their errors come last", () => {
    const inputs = { tags: ["x"], labels: ["a={{nothing}}"] };
    expect(decideMetadataTags(inputs, context).tagNames).toEqual(["x"]);
    expect(refusal(() => fromMetadataAction(inputs, context)).words).toBe(
      "{{nothing}} is not a valid global expression",
    );
  });

  it("repeats annotations for every level and leaves them without one in the list", () => {
    const env = { DOCKER_METADATA_ANNOTATIONS_LEVELS: "index,manifest" };
    const result = fromMetadataAction({ tags: ["x"], annotations: ["k=v"] }, at("refs/heads/main", { env }));
    expect(result.annotations).toContain("k=v");
    expect(result.json.annotations.filter((line) => line.endsWith(":k=v"))).toEqual(["index:k=v", "manifest:k=v"]);
    expect(result.outputs["annotations"]?.split("\n")).toEqual(result.json.annotations);
    expect(result.bakeFiles.annotations.target["docker-metadata-action"]?.annotations).toEqual(result.json.annotations);
  });

  it("writes documents with values that end at a line break", () => {
    const { labels, json, bakeFiles } = fromMetadataAction(
      { images: ["a", "b"], tags: ["x"], labels: ["k=one\ntwo", "__proto__=x"], bakeTarget: "t" },
      context,
    );
    expect(labels).toContain("k=one\ntwo");
    expect(json.labels["k"]).toBe("one");
    expect(Object.keys(json.labels)).not.toContain("__proto__");
    expect(bakeFiles.tagsLabels.target["t"]).toEqual({
      tags: ["a:x", "b:x"],
      labels: json.labels,
      args: { DOCKER_META_IMAGES: "a,b", DOCKER_META_VERSION: "x" },
    });
    expect(bakeFiles.tags.target["t"]).toEqual({ tags: ["a:x", "b:x"], args: bakeFiles.tagsLabels.target["t"]?.args });
    expect(bakeFiles.labels.target["t"]).toEqual({ labels: json.labels });
  });

  it("joins outputs by the separators and names them in the environment unless that is off", () => {
    const inputs = { images: ["a"], tags: ["x", "y"], sepTags: " ", sepLabels: ";" };
    const { outputs, outputEnv } = fromMetadataAction(inputs, context);
    expect(outputs["tags"]).toBe("a:x a:y");
    expect(outputs["tag-names"]).toBe("x y");
    expect(outputs["labels"]?.split(";")).toHaveLength(8);
    expect(outputEnv["DOCKER_METADATA_OUTPUT_TAG_NAMES"]).toBe("x y");
    const off = fromMetadataAction(inputs, at("refs/heads/main", { env: { DOCKER_METADATA_SET_OUTPUT_ENV: "F" } }));
    expect(off.outputEnv).toEqual({});
    const neither = fromMetadataAction(
      inputs,
      at("refs/heads/main", { env: { DOCKER_METADATA_SET_OUTPUT_ENV: "no" } }),
    );
    expect(Object.keys(neither.outputEnv)).toHaveLength(6);
  });

  it("has no version argument without a version", () => {
    const { bakeFiles, version, outputs } = fromMetadataAction({ tags: ["type=edge"] }, at("refs/tags/v1"));
    expect(version).toEqual({ main: undefined, partial: [], latest: false });
    expect(bakeFiles.tags.target["docker-metadata-action"]?.args).toEqual({ DOCKER_META_IMAGES: "" });
    expect(outputs["version"]).toBe("");
  });
});

describe("fromMetadataAction, diagnostics", () => {
  const semver = (pattern: string): string => `type=semver,pattern=${pattern}`;
  it.each<[string, MetadataActionInputs, string]>([
    ["moving-tag-unguarded", { tags: [semver("{{major}}")] }, "refs/tags/v1.2.3"],
    ["prerelease-literal-lost", { tags: [semver("v{{version}}")] }, "refs/tags/v1.2.3-rc.1"],
    ["latest-decided-by-first-rule", { tags: ["type=ref,event=tag", "type=raw,x,priority=999"] }, "refs/tags/v1"],
    [
      "latest-decided-by-first-rule",
      { tags: ["type=ref,event=tag,priority=999", semver("{{version}}")] },
      "refs/tags/v1.2.3-rc.1",
    ],
    ["latest-affix-not-rendered", { flavor: ["prefix={{sha}}-,onlatest=true"] }, "refs/tags/v1"],
    ["latest-twice", { tags: ["type=ref,event=tag", "latest"] }, "refs/tags/v1"],
    ["invalid-tag", { tags: ["-x"] }, "refs/heads/main"],
    ["html-escaped", { tags: ["x-{{branch}}"] }, "refs/heads/a&b"],
    ["html-escaped", { tags: ["x"], labels: ["k={{branch}}"] }, "refs/heads/a&b"],
    ["value-rewritten", {}, "refs/heads/a/b"],
    ["match-ignored", { tags: [`${semver("{{version}}")},match=p/(.*)`] }, "refs/tags/v1.2.3"],
    ["prerelease-gets-latest", { tags: ["type=match,pattern=.*"] }, "refs/tags/v1.2.3-rc.1"],
    ["comment-taken-as-entry", { tags: ["# c"] }, "refs/heads/main"],
    ["bare-value-dropped", { tags: ["foo,bar"] }, "refs/heads/main"],
    ["unknown-attribute", { tags: ["type=raw,value=x,event=tag"] }, "refs/heads/main"],
    ["no-image-enabled", { images: ["a,enable=false"] }, "refs/heads/main"],
    ["duplicate-image", { images: ["a", "A"] }, "refs/heads/main"],
    ["invalid-image-name", { images: ["user/_app-"] }, "refs/heads/main"],
    ["pull-head-ref", {}, "refs/pull/9/head"],
    ["latest-with-affix", { tags: ["latest"], flavor: ["suffix=-alpine"] }, "refs/heads/main"],
    ["label-truncated", { tags: ["x"], labels: ["k=a\nb"] }, "refs/heads/main"],
    ["nothing-generated", { tags: ["type=edge"] }, "refs/tags/v1"],
  ])("%s", (code, inputs, ref) => {
    expect(codes(inputs, at(ref))).toContain(code);
  });

  it("empty-sha", () => {
    expect(codes({ tags: ["type=sha"] }, at("", { env: { DOCKER_METADATA_SHORT_SHA_LENGTH: "0" } }))).toContain(
      "empty-sha",
    );
  });

  it("says nothing about a run that has none of them", () => {
    const inputs = {
      images: ["reg.example/o/app"],
      tags: ["type=ref,event=branch", "type=sha", semver("{{version}}"), 'type=match,"pattern=a{1,2}",value=b'],
      labels: ["k={{branch}}"],
    };
    expect(codes(inputs, at("refs/heads/main"))).toEqual([]);
    expect(codes({ tags: [semver("{{version}}")], flavor: ["latest=false"] }, at("refs/tags/v1.2.3"))).toEqual([]);
    const tags = [semver("{{version}}"), "type=sha", "stable"];
    expect(codes({ tags }, at("refs/tags/v1.2.3"))).toEqual(["moving-tag-unguarded"]);
  });
});
