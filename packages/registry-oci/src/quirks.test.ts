import { digestOf, digestReference, mediaTypes, type StoredBytes, tagReference } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import type { OciRegistry } from "./create-oci-registry.ts";
import { manifestOf, ociError, type Script, type ScriptedRequest, startScripted } from "./testing/scripted-registry.ts";

const stored = manifestOf("x");
const repository = "a/b";

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => "nothing thrown",
    (error: { code: string }) => error.code,
  );
}

// https://github.com/bazel-contrib/rules_oci/issues/720
it.each(["v1+build", "../x", "", "-x", "a".repeat(129)])(
  "ECR answers 400 without a body to illegal tags: %j is never sent",
  async (tag) => {
    await using scripted = await startScripted(() => new Response(null, { status: 400 }));
    const { registry, host, seen } = scripted;
    const reference = tagReference({ registry: host, repository }, tag);
    expect(await codeOf(registry.resolve(reference))).toBe("INVALID_TAG");
    expect(await codeOf(registry.fetchManifest(reference))).toBe("INVALID_TAG");
    expect(
      await codeOf(registry.tag(digestReference(reference, stored.descriptor.digest), tag, { absent: true })),
    ).toBe("INVALID_TAG");
    expect(seen).toHaveLength(0);
  },
);

// https://github.com/google/go-containerregistry/pull/1691
it("Artifactory answers 403 to missing tags of virtual repositories: an error unless the adapter is told", async () => {
  const forbidden: Script = () => ociError(403, "UNAUTHORIZED", "The client does not have permission for manifest");
  await using strict = await startScripted(forbidden);
  expect(await codeOf(strict.registry.resolve(tagReference({ registry: strict.host, repository }, "v1")))).toBe(
    "DENIED",
  );
  await using told = await startScripted(forbidden, { denied: "denied-or-absent" });
  const name = { registry: told.host, repository };
  expect(await told.registry.resolve(tagReference(name, "v1"))).toEqual({ state: "denied-or-absent" });
  // Writing has to know: what cannot be seen is not overwritten.
  const target = digestReference(name, stored.descriptor.digest);
  expect(await codeOf(told.registry.tag(target, "v1", { absent: true }))).toBe("DENIED");
  expect(told.seen.map((request) => request.method)).not.toContain("PUT");
});

// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
it("takes no notice of warnings in headers", async () => {
  const warning = '299 - "This repository moves to another host next week."';
  await using scripted = await startScripted((request) =>
    request.path.includes("tags")
      ? Response.json({ tags: ["v1"] }, { headers: { warning } })
      : new Response(request.method === "HEAD" ? null : stored.bytes, {
          headers: { ...stored.headers, "content-length": String(stored.bytes.length), warning },
        }),
  );
  const name = { registry: scripted.host, repository };
  const resolution = await scripted.registry.resolve(tagReference(name, "v1"));
  expect(resolution).toEqual({ state: "present", descriptor: stored.descriptor });
  expect(await scripted.registry.fetchManifest(tagReference(name, "v1"))).toBeDefined();
  const tags: string[] = [];
  for await (const tag of scripted.registry.listTags(name)) tags.push(tag);
  expect(tags).toEqual(["v1"]);
});

// https://github.com/deitch/docker_registry2/issues/56
it("Quay gives pages of its own size and names the next one by a mark of its own", async () => {
  await using scripted = await startScripted(({ path }) => {
    const page = Number(/next_page=(\d)/.exec(path)?.[1] ?? 0);
    const next = `</v2/a/b/tags/list?next_page=${page + 1}%3D&n=50>; rel="next"`;
    return Response.json({ tags: [`v${page}`] }, { headers: page < 2 ? { link: next } : {} });
  });
  const tags: string[] = [];
  for await (const tag of scripted.registry.listTags({ registry: scripted.host, repository })) tags.push(tag);
  expect(tags).toEqual(["v0", "v1", "v2"]);
  expect(scripted.seen.map(({ path }) => path).slice(1)).toEqual([
    "/v2/a/b/tags/list?next_page=1%3D&n=50",
    "/v2/a/b/tags/list?next_page=2%3D&n=50",
  ]);
});

it("a 404 with a text that no registry writes is not absence", async () => {
  const long = () => new Response("x".repeat(40_000), { status: 404, headers: { "content-type": "text/plain" } });
  await using scripted = await startScripted((request) =>
    request.method === "HEAD" ? new Response(null, { status: 405 }) : long(),
  );
  const reference = tagReference({ registry: scripted.host, repository }, "v1");
  expect(await codeOf(scripted.registry.resolve(reference))).toBe("RESPONSE_INVALID");
  expect(await codeOf(scripted.registry.fetchManifest(reference))).toBe("RESPONSE_INVALID");
});

const subject = (host: string) => digestReference({ registry: host, repository }, stored.descriptor.digest);
const listed = async (registry: OciRegistry, host: string): Promise<readonly string[]> => {
  const found: string[] = [];
  for await (const { digest } of registry.referrers.list(subject(host))) found.push(digest);
  return found;
};
const indexOf = (digests: readonly string[]): StoredBytes => {
  const manifests = digests.map((digest) => ({ mediaType: mediaTypes.ociManifest, digest, size: 3 }));
  const bytes = new TextEncoder().encode(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests }),
  );
  return { bytes, descriptor: { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.byteLength } };
};
const gives = ({ bytes, descriptor }: StoredBytes, request: ScriptedRequest): Response =>
  new Response(request.method === "HEAD" ? null : bytes, {
    headers: {
      "content-type": descriptor.mediaType,
      "content-length": String(bytes.byteLength),
      "docker-content-digest": descriptor.digest,
    },
  });

// https://github.com/goharbor/harbor/issues/18305
describe("Harbor 2.7 answers 401 without a challenge where it has no referrers API", () => {
  const referrer = digestOf(new TextEncoder().encode("referrer"));
  const harbor =
    (options: { readonly open: boolean; readonly readable: boolean; readonly fallback: boolean }): Script =>
    (request) => {
      if (request.path.includes("/referrers/")) return new Response(null, { status: 401 });
      if (!options.open && request.authorization === null)
        return new Response(null, { status: 401, headers: { "www-authenticate": "Basic" } });
      if (!options.readable) return ociError(401, "UNAUTHORIZED");
      if (request.path.includes("sha256-"))
        return options.fallback ? gives(indexOf([referrer]), request) : ociError(404, "MANIFEST_UNKNOWN");
      return gives(stored, request);
    };
  const credentials = { username: "bayplan", password: "dummy-password" };

  it.each([
    [true, true, [referrer]],
    [true, false, []],
    [false, true, [referrer]],
    [false, false, []],
  ])("open: %s, fallback tag: %s", async (open, fallback, found) => {
    await using scripted = await startScripted(harbor({ open, readable: true, fallback }), { credentials });
    const { registry, host, seen } = scripted;
    // Whether it is the very first question or not.
    expect(await listed(registry, host)).toEqual(found);
    const before = seen.length;
    expect(await listed(registry, host)).toEqual(found);
    expect(seen.slice(before).filter(({ path }) => path.includes("/referrers/"))).toEqual([]);
  });

  it("is believed only of what may be read", async () => {
    await using scripted = await startScripted(harbor({ open: false, readable: false, fallback: true }), {
      credentials,
    });
    expect(await codeOf(listed(scripted.registry, scripted.host))).toBe("UNAUTHORIZED");
  });

  it("says nothing where the subject is not there", async () => {
    await using scripted = await startScripted((request) =>
      request.path.includes("/referrers/") ? new Response(null, { status: 401 }) : ociError(404, "MANIFEST_UNKNOWN"),
    );
    expect(await codeOf(listed(scripted.registry, scripted.host))).toBe("UNAUTHORIZED");
  });

  it("is asked again once it is known how to authenticate", async () => {
    await using scripted = await startScripted(
      (request) => {
        const isKnown = request.authorization !== null;
        if (request.path.includes("/referrers/"))
          return isKnown ? gives(indexOf([referrer]), request) : new Response(null, { status: 401 });
        if (isKnown) return gives(stored, request);
        return new Response(null, { status: 401, headers: { "www-authenticate": "Basic" } });
      },
      { credentials },
    );
    expect(await listed(scripted.registry, scripted.host)).toEqual([referrer]);
  });

  it("is no reason to doubt a registry that challenges", async () => {
    await using scripted = await startScripted(
      (request) =>
        request.path.includes("/referrers/")
          ? new Response(null, { status: 401, headers: { "www-authenticate": "Basic" } })
          : gives(stored, request),
      { credentials },
    );
    expect(await codeOf(listed(scripted.registry, scripted.host))).toBe("UNAUTHORIZED");
  });
});

// https://github.com/oras-project/oras-go/issues/1396
describe("GitLab takes the tag sha256-<hex> for the digest, and has no referrers API", () => {
  const child = digestOf(new TextEncoder().encode("child"));
  const image = indexOf([child]);
  const gitlab: Script = (request) => {
    if (request.method === "PUT") return new Response(null, { status: 201 });
    return request.path.includes("/manifests/") ? gives(image, request) : ociError(404, "NOT_FOUND");
  };

  it("the image itself is not the list of its referrers", async () => {
    await using scripted = await startScripted(gitlab);
    const name = { registry: scripted.host, repository };
    const found: string[] = [];
    for await (const { digest } of scripted.registry.referrers.list(digestReference(name, image.descriptor.digest)))
      found.push(digest);
    expect(found).toEqual([]);
  });
});
