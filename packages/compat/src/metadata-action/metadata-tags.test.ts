import { isBayplanError } from "@bayplan/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, refusal, sha } from "../testing/run-at.ts";
import { fromMetadataAction } from "./from-metadata-action.ts";
import { decideMetadataTags } from "./metadata-tags.ts";
import type { MetadataActionInputs } from "./parse-metadata-inputs.ts";
import type { MetadataActionContext } from "./read-metadata-context.ts";

function names(
  tags: readonly string[],
  context: MetadataActionContext,
  flavor: readonly string[] = [],
): readonly string[] {
  return decideMetadataTags({ tags, flavor }, context).tagNames;
}

describe("decideMetadataTags, rules", () => {
  it.each([
    ["schedule", ["type=schedule,pattern={{date 'YYMMDD' tz='Asia/Tokyo'}}"], { eventName: "schedule" }, ["260304"]],
    ["schedule only by event", ["type=schedule"], {}, []],
    ["any event with the word", ["type=schedule"], { eventName: "my_schedule_x" }, ["nightly"]],
    ["edge elsewhere", ["type=edge,branch=dev"], {}, []],
    ["edge", ["type=edge"], {}, ["edge"]],
    ["branch", ["type=ref,event=branch"], {}, ["main"]],
    ["sha, short and long", ["type=sha", "type=sha,format=long,prefix="], {}, ["sha-0123456", sha]],
    ["sha length", ["type=sha"], { env: { DOCKER_METADATA_SHORT_SHA_LENGTH: "4" } }, ["sha-0123"]],
    ["sha longer than it is", ["type=sha"], { env: { DOCKER_METADATA_SHORT_SHA_LENGTH: "99" } }, [`sha-${sha}`]],
    ["equal signs in values", ["type=raw,value=a=b"], {}, ["a-b"]],
    ["a value that begins with one", ["=x"], {}, ["-x"]],
    ["disabled rules are not looked at", ["type=raw,value={{nonsense}},enable=false", "x"], {}, ["x"]],
    ["commit date", ["type=raw,value={{commit_date 'YYYY'}}"], { commitDate: "2001-02-03T00:00:00Z" }, ["2001"]],
    ["an unknown zone is UTC", ["type=raw,value={{date 'HHmm' tz='No/Where'}}"], {}, ["0506"]],
    ["by priority, then as written", ["a", "type=raw,b,priority=201", "c,priority=x", "d"], {}, ["b", "a", "c", "d"]],
  ] as const)("%s", (_name, tags, more, expected) => {
    expect(names(tags, at("refs/heads/main", more))).toEqual(expected);
  });

  it.each([
    ["v1.2.3", "{{version}}", ["1.2.3", "latest"]],
    ["v1.2.3", "{{raw}}", ["v1.2.3", "latest"]],
    ["v0.4.1", "{{#if major}}{{major}}{{/if}}", []],
    ["v1.2.3+build.5", "{{raw}}", ["v1.2.3-build.5", "latest"]],
    ["v1.2.3-rc.1", "v{{major}}", ["1.2.3-rc.1"]],
    ["v1.2.3-rc.1", "{{raw}}", ["v1.2.3-rc.1"]],
    ["1.2.3-rc.1", "{{{raw}}}", ["1.2.3-rc.1"]],
    ["1.2.3", "{{prerelease}}-{{build}}{{unknown}}", ["-", "latest"]],
    ["v1.2", "{{version}}", []],
    ["2024.01.05", "{{version}}", []],
    ["api/v1.2.3", "{{version}}", []],
  ])("semver %s as %s", (tag, pattern, expected) => {
    expect(names([`type=semver,pattern=${pattern}`], at(`refs/tags/${tag}`))).toEqual(expected);
  });

  it.each([
    ["1.2", "{{major}}.{{minor}}.{{patch}}", ["1.2.0", "latest"]],
    ["2024.01.05", "{{version}}", ["2024.1.5", "latest"]],
    ["2024.01.05", "{{raw}}", ["2024.01.05", "latest"]],
    ["1!2.0", "{{version}}", ["1-2.0", "latest"]],
    ["1.2.3+ubuntu.1", "{{version}}", ["1.2.3-ubuntu-1", "latest"]],
    ["1.0-ALPHA.1", "{{major}}", ["1.0a1"]],
    ["1.0.post1", "{{raw}}", ["1.0.post1"]],
    ["1.0dev", "{{version}}", ["1.0.dev0"]],
    ["1.2.x", "{{version}}", []],
  ])("pep440 %s as %s", (tag, pattern, expected) => {
    expect(names([`type=pep440,pattern=${pattern}`], at(`refs/tags/${tag}`))).toEqual(expected);
  });

  it.each([
    ["type=match,pattern=v(.*),group=1", "v7", ["7", "latest"], []],
    ["type=match,pattern=/V(.*)/i,group=1", "v7", ["7", "latest"], []],
    ["type=match,pattern=/\\d/g,group=1", "v7.8", ["8", "latest"], []],
    ["type=match,pattern=v,group=01", "v7", [], ["Group 01 does not exist for v pattern."]],
    ["type=match,pattern=x", "v7", [], ["x does not match v7."]],
    ["type=match,pattern=x*", "v7", [], []],
    ["type=semver,pattern={{version}},match=p/(.*)", "v1.2.3", ["1.2.3", "latest"], ["p/(.*) does not match v1.2.3."]],
  ])("%s on %s", (entry, tag, expected, warnings) => {
    const decided = decideMetadataTags({ tags: [entry] }, at(`refs/tags/${tag}`));
    expect(decided.tagNames).toEqual(expected);
    expect(decided.warnings).toEqual(warnings);
  });

  it("takes everything without tags from the ref", () => {
    expect(names([], at("refs/pull/9/merge", { eventName: "pull_request" }))).toEqual(["pr-9"]);
    expect(names([], at("refs/tags/a/b"))).toEqual(["a-b", "latest"]);
    expect(names([], at("refs/heads/main", { eventName: "schedule" }))).toEqual(["nightly", "main"]);
  });

  it("uses the merge ref of pull_request_target and the head commit where it is asked for", () => {
    const payload = { number: 12, pull_request: { head: { sha: "feed".repeat(10) }, base: { ref: "main" } } };
    const more = { eventName: "pull_request_target", payload, env: { DOCKER_METADATA_PR_HEAD_SHA: "TRUE" } };
    const tags = ["type=ref,event=pr", "type=sha", "type=raw,value={{base_ref}}{{branch}}{{tag}}"];
    expect(names(tags, at("refs/heads/main", more))).toEqual(["pr-12", "main", "sha-feedfee"]);
  });

  it.each([
    ["refs/heads/main", "push", "true-false"],
    ["refs/heads/dev", "push", "false-true"],
    ["refs/tags/v1", "push", "false-true"],
    ["refs/tags/v1", "create", "true-false"],
    ["refs/heads/dev", "issues", "true-false"],
    ["refs/heads/dev", "issue_comment", "false-true"],
    ["", "schedule", "false-true"],
  ])("the default branch for %s on %s", (ref, eventName, expected) => {
    const tags = ["type=raw,value={{is_default_branch}}-{{is_not_default_branch}}"];
    expect(names(tags, at(ref, { eventName }))).toEqual([expected]);
  });
});

describe("decideMetadataTags, flavor and images", () => {
  it("puts the flavor around rules that have no affix of their own", () => {
    const tags = ["type=ref,event=branch", "type=raw,x,prefix=", "type=sha,suffix="];
    expect(names(tags, at("refs/heads/main"), ["prefix={{sha}}-,suffix=-alpine"])).toEqual([
      "0123456-main-alpine",
      "x-alpine",
      "sha-0123456",
    ]);
  });

  it("names latest after the flavor only where it says so, and does not render it", () => {
    const tags = ["type=ref,event=tag"];
    expect(names(tags, at("refs/tags/v1"), ["suffix=-a,onlatest=true"])).toEqual(["v1-a", "latest-a"]);
    expect(names(tags, at("refs/tags/v1"), ["suffix=-a"])).toEqual(["v1-a", "latest"]);
    expect(names(tags, at("refs/tags/v1"), ["onlatest=true,prefix=b-"])).toEqual(["b-v1", "latest"]);
    expect(names(tags, at("refs/tags/v1"), ["prefix={{sha}}-,onlatest=true"])).toEqual(["0123456-v1", "-sha--latest"]);
  });

  it("lets the first rule that gives something decide about latest", () => {
    expect(names(["type=ref,event=tag", "type=raw,x,priority=999"], at("refs/tags/v1"))).toEqual(["x", "v1"]);
    expect(names(["type=ref,event=tag", "type=edge,priority=999"], at("refs/tags/v1"))).toEqual(["v1", "latest"]);
    expect(names(["type=edge"], at("refs/tags/v1"), ["latest=true"])).toEqual([]);
  });

  it("gives every image every tag, in lower case, and tags alone without an image", () => {
    const context = at("refs/tags/v1");
    const of = (images: readonly string[]) => decideMetadataTags({ images, tags: ["x", "y"] }, context).tags;
    expect(of(["Reg.example/A", "b"])).toEqual(["reg.example/a:x", "reg.example/a:y", "b:x", "b:y"]);
    expect(of(["a,b"])).toEqual(["a:x", "a:y", "b:x", "b:y"]);
    expect(of(["a,enable=false"])).toEqual(["x", "y"]);
    expect(of(["a", "a"])).toEqual(["a:x", "a:y", "a:x", "a:y"]);
  });

  it("says what became of every rule", () => {
    const tags = ["a", "type=raw,a", "type=raw,b,enable=false", "type=edge,branch=dev"];
    const { decisions } = decideMetadataTags({ tags }, at("refs/heads/main"));
    expect(decisions.map(({ rule, outcome }) => `${rule.type} ${outcome}`)).toEqual([
      "edge silent",
      "raw emitted",
      "raw duplicate",
      "raw disabled",
    ]);
  });
});

describe("decideMetadataTags, refusals in the action's words", () => {
  it.each<[string, MetadataActionInputs, Record<string, string>, string]>([
    ["type", { tags: ["type=Raw,value=x"] }, {}, "Unknown tag type attribute: Raw"],
    ["enable", { tags: ["x,enable=TRUE"] }, {}, "Invalid value for enable attribute: TRUE"],
    ["expression", { tags: ["{{head}}"] }, {}, "{{head}} is not a valid global expression"],
    ["helper", { tags: ["{{#if branch}}x{{/if}}"] }, {}, "{{if}} is not a valid global expression"],
    ["outer names first", { tags: ["value={{date (x) tz=y}}{{z}}"] }, {}, "{{z}} is not a valid global expression"],
    ["scoped names", { tags: ["{{this.branch}}"] }, {}, "{{this.branch}} is not a valid global expression"],
    ["date key", { tags: ["value={{date 'Y' zone='x'}}"] }, {}, "Unknown zone attribute"],
    ["date format", { tags: ["{{date}}"] }, {}, "Cannot read properties of undefined (reading 'hash')"],
    [
      "sha length",
      { tags: ["type=sha"] },
      { DOCKER_METADATA_SHORT_SHA_LENGTH: "x" },
      "DOCKER_METADATA_SHORT_SHA_LENGTH is not a valid number: x",
    ],
    [
      "group",
      { tags: ["type=semver,pattern=x,value=v1,match=v"] },
      {},
      "Cannot read properties of undefined (reading 'replace')",
    ],
    ["flavor", { flavor: ["latest"] }, {}, "Invalid flavor entry: latest"],
    ["onlatest", { flavor: ["prefix=a,onlatest=yes"] }, {}, "Invalid value for onlatest attribute: yes"],
    ["image", { images: ["a,enable=no"] }, {}, "Invalid enable attribute value: a,enable=no"],
  ])("%s", (_name, inputs, env, words) => {
    expect(refusal(() => decideMetadataTags(inputs, at("refs/heads/main", { env })))).toEqual({
      code: "INVALID_INPUT",
      words,
    });
  });

  it("refuses quotes that are no CSV, expressions that are none, and time that is none", () => {
    const context = at("refs/tags/v1");
    for (const tags of [['type=raw,value="a'], ["type=match,pattern=("], ["{{#branch}}"], ["{{"]]) {
      expect(refusal(() => decideMetadataTags({ tags }, context)).code).toBe("INVALID_INPUT");
    }
    expect(refusal(() => decideMetadataTags({}, { ...context, now: "soon" })).code).toBe("INVALID_INPUT");
    expect(refusal(() => decideMetadataTags({}, { ...context, source: "svn" })).words).toBe(
      "Invalid context source: svn",
    );
    expect(refusal(() => decideMetadataTags({}, { ...context, source: "git" })).code).toBe("INVALID_INPUT");
  });

  it("answers or refuses with a code, whatever the entries", () => {
    const part = fc.constantFrom(
      ...[
        "type=",
        "raw",
        "semver",
        "pep440",
        "match",
        "ref",
        "sha",
        ",",
        "=",
        "value=",
        "pattern=",
        "event=",
        "branch",
        "tag",
      ],
      ...[
        "{{",
        "}}",
        "{{version}}",
        "{{date 'YYYY'}}",
        "{{branch}}",
        "__proto__=",
        "constructor",
        '"',
        " ",
        "v1.2.3",
        "1.0rc1",
      ],
      ...[
        "enable=",
        "priority=",
        "-1",
        "prefix=",
        "suffix=",
        "group=",
        "match=",
        "(\\d)",
        "/",
        "#",
        "é",
        "latest=",
        "\n",
      ],
    );
    const entry = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(""));
    const entries = fc.array(entry, { maxLength: 3 });
    fc.assert(
      fc.property(entries, entries, entries, entries, (tags, flavor, images, labels) => {
        try {
          const result = fromMetadataAction({ tags, flavor, images, labels }, at("refs/tags/v1.2.3"));
          expect(result.tagNames.every((tag) => /^[a-zA-Z0-9._-]+$/.test(tag))).toBe(true);
        } catch (error) {
          expect(isBayplanError(error) && error.code).toBe("INVALID_INPUT");
        }
      }),
      { numRuns: 1500 },
    );
  });
});
