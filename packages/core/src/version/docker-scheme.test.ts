import { describe, expect, it } from "vitest";
import { dockerScheme } from "./docker-scheme.ts";
import { classifyTag } from "./tag-class.ts";

const shape = (raw: string) => {
  const version = dockerScheme.parse(raw);
  return version === undefined
    ? undefined
    : [version.prefix ?? "", version.release.join("."), version.prerelease.join("."), version.variant];
};

describe("docker", () => {
  it.each([
    ["3.14.3t", ["", "3.14.3", "", "t"]],
    ["3.14.3t-slim", ["", "3.14.3", "", "t-slim"]],
    ["3.15t-dev", ["", "3.15", "dev", "t"]],
    ["3.15-dev", ["", "3.15", "dev", ""]],
    ["v0.1.0-rc", ["v", "0.1.0", "rc", ""]],
    ["1.2.3-rc1", ["", "1.2.3", "rc.1", ""]],
    ["1.2.3-rc.10-alpine", ["", "1.2.3", "rc.10", "alpine"]],
    ["1.2.3-RC-2", ["", "1.2.3", "rc.2", ""]],
    ["3.14.0rc10", ["", "3.14.0", "rc.10", ""]],
    ["3.14.0rc2t", ["", "3.14.0", "rc.2", "t"]],
    ["1.0-SNAPSHOT", ["", "1.0", "snapshot", ""]],
    ["1.0-beta-slim", ["", "1.0", "beta", "slim"]],
    ["1.0.dev3", ["", "1.0", "dev.3", ""]],
    ["1.0.0-dev-20251011232530", ["", "1.0.0", "dev.20251011232530", ""]],
    ["1.2.3-alpine3.19", ["", "1.2.3", "", "alpine3.19"]],
    ["1.2.3-slim-bookworm", ["", "1.2.3", "", "slim-bookworm"]],
    ["1.2.3-bookworm-20240101", ["", "1.2.3", "", "bookworm-20240101"]],
    ["python-17.3-lts-ml", ["python-", "17.3", "", "ml"]],
    ["release-v1.2", ["release-v", "1.2", "", ""]],
    ["go1.21", ["go", "1.21", "", ""]],
    ["v1-2.3", ["v", "1", "", ""]],
    ["1.2.3-4-r5", ["", "1.2.3", "", ""]],
    ["18.04", ["", "18.4", "", ""]],
    // Letters that touch the number and mean nothing known.
    ["8u392-jdk", undefined],
    ["1.1.1w", undefined],
    ["1.2.3-", undefined],
    ["1.2.3-5-gabc1234", undefined],
    ["1.2.3-latest", undefined],
    ["1..2", undefined],
    ["", undefined],
  ])("reads %s as prefix, numbers, pre-release and variant", (raw, expected) => {
    expect(shape(raw)).toEqual(expected);
  });

  it("orders counters behind the release and marks long-term support", () => {
    const raws = ["4.4.0-rc1", "4.4.0", "4.4.0-1", "4.4.0-r2", "4.4.0-r10", "4.4.0-20251029T180511Z", "4.4.1"];
    const versions = [...raws].reverse().flatMap((raw) => dockerScheme.parse(raw) ?? []);
    expect(versions.sort(dockerScheme.compare).map(({ raw }) => raw)).toEqual(raws);
    expect(dockerScheme.parse("python-17.3-lts-ml")?.lts).toBe(true);
  });
});

describe("classifyTag", () => {
  it.each([
    ["20230101", "date"],
    ["2023-01-01", "date"],
    ["2023-9-1", "date"],
    ["bookworm-20240101", "date"],
    ["20190331160914", "date"],
    ["20251029T180511Z", "date"],
    ["1234567", "hash"],
    ["99999999", "hash"],
    ["0a1b2c3", "hash"],
    ["0A1B2C3", "hash"],
    ["sha-0a1b2c3", "hash"],
    ["40a389ea-ls310", "hash"],
    [`${"a1".repeat(32)}`, "hash"],
    [`sha256-${"a1".repeat(32)}`, "digest"],
    [`sha256-${"a1".repeat(32)}.sig`, "digest"],
    ["latest", "moving"],
    ["main", "moving"],
    ["slim", "moving"],
    ["edge-1.2", "moving"],
    ["pr-12", "moving"],
    ["3", "version"],
    ["3.14", "version"],
    ["2023.01.01", "version"],
    ["v1.2.3-rc1", "version"],
    ["8u392-jdk", "other"],
    ["", "other"],
  ])("%s names a %s", (tag, expected) => {
    expect(classifyTag(tag)).toBe(expected);
  });
});
