import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf } from "../oci/digest.ts";
import { parseRepository } from "../oci/reference.ts";
import { findPins } from "./find-pins.ts";

const repository = parseRepository("ghcr.io/octo/app");
const digest = digestOf(new Uint8Array());
const tagsIn = (text: string, name = "ghcr.io/octo/app") =>
  findPins(text, { repository: parseRepository(name) }).pins.flatMap((pin) => ("tag" in pin ? [pin.tag] : []));

describe("findPins", () => {
  it("finds digests anywhere, each once, and says where", () => {
    const text = `a@${digest}\n"${digest}" sha256:${"a".repeat(63)} sha256:${"b".repeat(65)} x${digest}`;
    expect(findPins(text, { by: "compose.yaml" })).toEqual({ pins: [{ digest, by: "compose.yaml" }], unresolved: [] });
    const long = digestOf(new Uint8Array(), "sha512");
    expect(findPins(`x: ${long}`).pins).toEqual([{ digest: long }]);
  });

  it.each([
    ["compose", "services:\n  web:\n    image: ghcr.io/octo/app:1.2\n  db:\n    image: postgres:16\n", ["1.2"]],
    ["compose, quoted, with a comment", "image: 'ghcr.io/octo/app:1.2' # for now", ["1.2"]],
    ["Kubernetes", "containers:\n- name: app\n  image: ghcr.io/octo/app:v1.2.3-rc1\n", ["v1.2.3-rc1"]],
    ["no tag", "image: ghcr.io/octo/app\n", ["latest"]],
    ["Helm values", 'image:\n  repository: ghcr.io/octo/app\n  tag: "1.4"\n', ["latest", "1.4"]],
    ["Helm values in three parts", "image:\n  registry: ghcr.io\n  repository: octo/app\n  tag: 1.5\n", ["1.5"]],
    ["a chart", "image: ghcr.io/octo/app:main\nappVersion: 2.0.1\n", ["main", "2.0.1"]],
    ["Kustomize", "images:\n- name: app\n  newName: ghcr.io/octo/app\n  newTag: v3\n", ["latest", "v3"]],
    ["an ECS task definition", '{"containerDefinitions":[{"image":"ghcr.io/octo/app:12","tag":"x"}]}', ["12", "x"]],
    ["an environment file", "IMAGE=ghcr.io/octo/app:9\nOTHER_TAG=8\n", ["9", "8"]],
    ["a Dockerfile", "FROM --platform=linux/amd64 ghcr.io/octo/app:base AS build\n", ["base"]],
    ["a URL", "docker://ghcr.io/octo/app:a, oci://ghcr.io/octo/app:b", ["a", "b"]],
    ["a mirror", "image: mirror.example/ghcr.io/octo/app:m", ["m"]],
    ["a sentence", "Run ghcr.io/octo/app:1.2.", ["1.2.", "1.2"]],
    ["YAML on one line", "{image: ghcr.io/octo/app:1.2}", ["1.2"]],
    ["JSON with a digest", `"ghcr.io/octo/app:1.2@${digest}"`, ["1.2"]],
    ["others", "ghcr.io/octo/app2:1 ghcr.io/octo/app/sub:2 octo/app:3 other.io/octo/app:4 ghcr.io/octo/ap:5", []],
    ["tags of others", "image:\n  repository: ghcr.io/octo/other\n  tag: 7\n", []],
  ])("finds tags in %s", (_, text, tags) => {
    expect(tagsIn(text)).toEqual(tags);
  });

  it("knows the short names of Docker Hub", () => {
    expect(
      tagsIn("FROM nginx:1\nFROM library/nginx:2\nFROM docker.io/nginx:3\nFROM docker.io/library/nginx:4", "nginx"),
    ).toEqual(["1", "2", "3", "4"]);
    expect(tagsIn("octo/app:1 index.docker.io/octo/app:2", "octo/app")).toEqual(["1", "2"]);
  });

  it("names references whose tag is said elsewhere, and pins the default", () => {
    const text =
      "image: ghcr.io/octo/app:#{TAG}\nimage: ghcr.io/octo/app:#{TAG:-1.2}\nimage: ghcr.io/octo/app:{{ .Values.x }}";
    expect(findPins(text.replaceAll("#", "$"), { repository })).toEqual({
      pins: [{ tag: "1.2" }],
      unresolved: ["#{TAG}", "#{TAG:-1.2}", "{{"].map((tag) => `ghcr.io/octo/app:${tag.replace("#", "$")}`),
    });
  });

  it("finds a reference in whatever stands around it", () => {
    const noise = fc.string({ unit: fc.constantFrom(..." \n\t\"'`,;()[]<>|xyz0:") });
    fc.assert(
      fc.property(noise, noise, fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,20}$/), (before, after, tag) => {
        expect(tagsIn(`${before} ghcr.io/octo/app:${tag} ${after}`)).toContain(tag);
        expect(findPins(`${before}@${digest} ${after}`).pins).toEqual([{ digest }]);
      }),
    );
  });
});
