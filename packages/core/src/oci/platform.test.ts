import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { formatPlatform, parsePlatform } from "./platform.ts";

describe("parsePlatform", () => {
  it.each([
    ["linux/amd64", { os: "linux", architecture: "amd64" }],
    ["linux/x86_64", { os: "linux", architecture: "amd64" }],
    ["linux/x86-64", { os: "linux", architecture: "amd64" }],
    ["linux/aarch64", { os: "linux", architecture: "arm64" }],
    ["linux/arm64/v8", { os: "linux", architecture: "arm64" }],
    ["linux/aarch64/v8", { os: "linux", architecture: "arm64" }],
    ["linux/arm64/v9", { os: "linux", architecture: "arm64", variant: "v9" }],
    ["linux/arm/v7", { os: "linux", architecture: "arm", variant: "v7" }],
    ["linux/arm/v8", { os: "linux", architecture: "arm", variant: "v8" }],
  ])("reads %s", (text, platform) => {
    expect(parsePlatform(text)).toEqual(platform);
  });

  it.each([
    "",
    "linux",
    "linux/",
    "/amd64",
    "linux/amd64/",
    "linux/arm/v7/x",
    "Linux/amd64",
    "linux/AMD64",
    "linux/am d",
  ])("refuses %j", (text) => {
    expect(codeOf(() => parsePlatform(text))).toBe("INVALID_PLATFORM");
  });

  it("does not take a name of Object.prototype for an alias", () => {
    expect(parsePlatform("linux/constructor")).toEqual({ os: "linux", architecture: "constructor" });
  });
});

describe("formatPlatform", () => {
  it("is read back as the same platform", () => {
    const part = fc.stringMatching(/^[a-z0-9][a-z0-9_.]{0,9}$/);
    fc.assert(
      fc.property(part, part, fc.option(part, { nil: undefined }), (os, architecture, variant) => {
        const platform = parsePlatform([os, architecture, ...(variant === undefined ? [] : [variant])].join("/"));
        expect(parsePlatform(formatPlatform(platform))).toEqual(platform);
      }),
    );
  });

  it("leaves out the variant that every arm64 has", () => {
    expect(formatPlatform({ os: "linux", architecture: "arm64", variant: "v8" })).toBe("linux/arm64");
  });
});
