import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../testing/code-of.ts";
import { type BuildxBuild, buildxArgs } from "./buildx-args.ts";
import { type CachePolicy, cacheFlags } from "./cache-flags.ts";
import { cacheModes } from "./cache-mode.ts";
import { formatCommand } from "./format-command.ts";

const registry = { kind: "registry", repository: "ghcr.io/own/cache" } as const;
const from = "--cache-from=type=registry,ref=ghcr.io/own/cache:cpu-py3.11";
const to = "--cache-to=type=registry,ref=ghcr.io/own/cache:cpu-py3.11,mode=max,ignore-error=true";

describe("cacheFlags", () => {
  it.each([
    ["isolated-fresh", ["--pull", "--no-cache"]],
    ["fresh-write", ["--pull", "--no-cache", to]],
    ["read-write", [from, to]],
    ["read-only", [from]],
  ] as const)("%s", (mode, flags) => {
    expect(cacheFlags({ mode, store: registry, scope: "cpu-py3.11" })).toEqual(flags);
  });

  it("knows the cache of GitHub Actions, and errors that count", () => {
    expect(
      cacheFlags({ mode: "read-write", store: { kind: "gha" }, scope: "python/gpu", ignoreErrors: false }),
    ).toEqual(["--cache-from=type=gha,scope=python/gpu", "--cache-to=type=gha,scope=python/gpu,mode=max"]);
  });

  it.each<[string, CachePolicy, string]>([
    ["a comma", { mode: "read-only", store: { kind: "gha" }, scope: "a,mode=min" }, "INVALID_INPUT"],
    ["a quote", { mode: "read-only", store: { kind: "gha" }, scope: 'a"b' }, "INVALID_INPUT"],
    ["nothing", { mode: "read-only", store: { kind: "gha" }, scope: "" }, "INVALID_INPUT"],
    ["a scope that is no tag", { mode: "read-only", store: registry, scope: "a/b" }, "INVALID_TAG"],
    ["a comma in the tag", { mode: "isolated-fresh", store: registry, scope: "a,b" }, "INVALID_TAG"],
    [
      "a repository with a tag",
      { mode: "read-only", store: { kind: "registry", repository: "ghcr.io/own/cache:x" }, scope: "a" },
      "INVALID_REFERENCE",
    ],
  ])("refuses %s", (_, policy, code) => {
    expect(codeOf(() => cacheFlags(policy))).toBe(code);
  });
});

describe("buildxArgs", () => {
  it("writes every part", () => {
    const build: BuildxBuild = {
      context: ".",
      dockerfile: "docker/Dockerfile.cpu",
      target: "final",
      platforms: ["linux/amd64", "linux/arm64/v8"],
      tags: ["ghcr.io/own/app:1.2.3", "own/app:1.2"],
      labels: { "org.opencontainers.image.description": "one\ntwo, three" },
      annotations: { index: { "a.b": "c=d" }, manifest: { "a.b": "e" } },
      buildArgs: { BASE: "ghcr.io/own/base:1", FLAGS: "-O2 -g $HOME `id`" },
      cache: { mode: "read-only", store: { kind: "gha" }, scope: "app" },
      output: "push",
      provenance: "max",
      sbom: false,
      metadataFile: "out/meta.json",
    };
    expect(buildxArgs(build)).toEqual([
      "buildx",
      "build",
      "--file=docker/Dockerfile.cpu",
      "--target=final",
      "--platform=linux/amd64,linux/arm64",
      "--cache-from=type=gha,scope=app",
      "--build-arg=BASE=ghcr.io/own/base:1",
      "--build-arg=FLAGS=-O2 -g $HOME `id`",
      "--label=org.opencontainers.image.description=one\ntwo, three",
      "--annotation=manifest:a.b=e",
      "--annotation=index:a.b=c=d",
      "--tag=ghcr.io/own/app:1.2.3",
      "--tag=docker.io/own/app:1.2",
      "--provenance=mode=max",
      "--sbom=false",
      "--metadata-file=out/meta.json",
      "--push",
      "--",
      ".",
    ]);
  });

  it("pulls once, and loads or leaves the result where it is", () => {
    const fresh = { mode: "isolated-fresh", store: { kind: "gha" }, scope: "a" } as const;
    expect(buildxArgs({ context: ".", cache: fresh, pull: true, output: "load" })).toEqual([
      ...["buildx", "build", "--pull", "--no-cache", "--load", "--", "."],
    ]);
    expect(buildxArgs({ context: ".", pull: true, provenance: false })).toEqual([
      ...["buildx", "build", "--pull", "--provenance=false", "--", "."],
    ]);
  });

  it.each<[string, BuildxBuild, string]>([
    ["a context that is a flag", { context: "--output=/" }, "INVALID_INPUT"],
    ["the standard input", { context: "-" }, "INVALID_INPUT"],
    ["no context", { context: "" }, "INVALID_INPUT"],
    ["a Dockerfile that is a flag", { context: ".", dockerfile: "-f" }, "INVALID_INPUT"],
    ["an argument with a value in its name", { context: ".", buildArgs: { "A=B": "c" } }, "INVALID_INPUT"],
    ["an argument without a name", { context: ".", buildArgs: { "": "c" } }, "INVALID_INPUT"],
    ["a NUL", { context: ".", labels: { a: "b\0c" } }, "INVALID_INPUT"],
    ["a label with =", { context: ".", labels: { "a=b": "c" } }, "INVALID_INPUT"],
    ["a label without a name", { context: ".", labels: { "": "c" } }, "INVALID_INPUT"],
    ["an annotation in two lines", { context: ".", annotations: { index: { "a\nb": "c" } } }, "INVALID_INPUT"],
    ["a push of nothing", { context: ".", output: "push" }, "INVALID_INPUT"],
    ["a tag nobody wrote", { context: ".", tags: ["ghcr.io/own/app"] }, "INVALID_INPUT"],
    ["a digest", { context: ".", tags: [`ghcr.io/own/app@sha256:${"a".repeat(64)}`] }, "INVALID_INPUT"],
    ["a tag that is none", { context: ".", tags: ["ghcr.io/own/app:a b"] }, "INVALID_REFERENCE"],
    ["a platform", { context: ".", platforms: ["linux/amd64,windows/amd64"] }, "INVALID_PLATFORM"],
    ["a target", { context: ".", target: "a b" }, "INVALID_INPUT"],
  ])("refuses %s", (_, build, code) => {
    expect(codeOf(() => buildxArgs(build))).toBe(code);
  });

  it("lets no value become a flag, another argument or a part of one", () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.constantFrom("--push", "a --push", "x,type=local,dest=/", "'; id #", "a\nb"),
    );
    const build = fc.record({
      context: hostile,
      target: hostile,
      dockerfile: hostile,
      labels: fc.dictionary(hostile, hostile, { maxKeys: 2 }),
      buildArgs: fc.dictionary(hostile, hostile, { maxKeys: 2 }),
      scope: hostile,
      mode: fc.constantFrom(...cacheModes),
    });
    // Each part alone, as most hostile ones are refused: one that passes must stay what it was.
    const known = /^--(file|target|cache-from|cache-to|build-arg|label)=|^--(pull|no-cache|push)$/s;
    fc.assert(
      fc.property(
        build,
        fc.constantFrom("context", "target", "dockerfile", "labels", "buildArgs", "scope"),
        (all, part) => {
          const { scope, mode } = all;
          const cache = { mode, store: { kind: "gha" }, scope } as const;
          const one = part === "scope" ? { context: ".", cache } : { context: ".", [part]: all[part] };
          const plain: BuildxBuild = { ...one, output: "push", tags: ["own/app:1"] };
          let args: readonly string[] = [];
          try {
            args = buildxArgs(plain);
          } catch {
            return;
          }
          const flags = args.slice(2, -2).filter((flag) => flag !== "--tag=docker.io/own/app:1");
          expect(args.slice(0, 2)).toEqual(["buildx", "build"]);
          expect(args.at(-2)).toBe("--");
          expect(args.at(-1)).toBe(plain.context);
          expect(flags.filter((flag) => !known.test(flag))).toEqual([]);
          expect(flags.filter((flag) => flag === "--push")).toHaveLength(1);
          for (const [key, value] of Object.entries(plain.labels ?? {}))
            expect(flags).toContain(`--label=${key}=${value}`);
          const caches = flags.filter((flag) => flag.startsWith("--cache"));
          expect(caches.filter((flag) => flag.split(",").length > 4 || /["\n]/.test(flag))).toEqual([]);
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe("formatCommand", () => {
  it("is one line, and quotes what needs it", () => {
    expect(formatCommand(["docker", "--tag=a:1", "", "a b", "it's", "$(id)"])).toBe(
      "docker --tag=a:1 '' 'a b' 'it'\\''s' '$(id)'",
    );
    expect(formatCommand(["a\n::error::x\u2028\u202e"])).toBe("$'a\\x0a::error::x\\xe2\\x80\\xa8\\xe2\\x80\\xae'");
  });

  it.skipIf(process.platform === "win32")("is read back by bash as what it was", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 20 }).map((value) => value.replaceAll("\0", ""));
    const samples = fc.sample(fc.array(text, { minLength: 1, maxLength: 5 }), { numRuns: 60, seed: 7 }).flat();
    const hostile = [...samples, "a\nb", "\\'", "'\n'", "\u0007\u200bé'\\x41", "", "-n", "!!", "~", "*", "a\\\nb"];
    const line = formatCommand(hostile);
    expect(/[\p{Cc}\p{Zl}\p{Zp}]/u.test(line)).toBe(false);
    const read = execFileSync("bash", ["--noprofile", "--norc", "-c", `printf '%s\\0' ${line}`], {
      encoding: "utf8",
      env: { LC_ALL: "C.UTF-8" },
    });
    expect(read.split("\0").slice(0, -1)).toEqual(hostile);
  });
});
