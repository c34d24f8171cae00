import { digestOf } from "@bayplan/core";
import { beforeEach, describe, expect, it } from "vitest";
import { openTestRegistry, type TestRegistry } from "../testing/open-test-registry.ts";

const absent = digestOf(new TextEncoder().encode("never stored"));
const uploads = "/v2/team/app/blobs/uploads/";
let registry: TestRegistry;
beforeEach(() => {
  registry = openTestRegistry();
});

describe("a blob", () => {
  it("is read whole, or by range", async () => {
    const digest = await registry.putBlob("team/app", "0123456789");
    const path = `/v2/team/app/blobs/${digest}`;
    const head = await registry.send("HEAD", path);
    expect([head.headers.get("content-length"), head.headers.get("docker-content-digest")]).toEqual(["10", digest]);
    const ranges: Record<string, readonly [number, string, string?]> = {
      "bytes=2-4": [206, "234", "bytes 2-4/10"],
      "bytes=7-": [206, "789", "bytes 7-9/10"],
      "bytes=-2": [206, "89", "bytes 8-9/10"],
      "bytes=0-99": [206, "0123456789", "bytes 0-9/10"],
    };
    for (const [range, [status, text, contentRange]] of Object.entries(ranges)) {
      const response = await registry.send("GET", path, { headers: { range } });
      const { headers } = response;
      expect([response.status, await response.text(), headers.get("content-range")]).toEqual([
        status,
        text,
        contentRange,
      ]);
      expect(headers.get("content-length")).toBe(String(text.length));
    }
    const beyond = await registry.send("GET", path, { headers: { range: "bytes=10-" } });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, "bytes */10"]);
  });

  it("is unknown in other repositories, after its deletion, and under a malformed digest", async () => {
    const digest = await registry.putBlob("team/app", "content");
    expect(await registry.outcome("GET", `/v2/team/other/blobs/${digest}`)).toEqual([404, "BLOB_UNKNOWN"]);
    expect(await registry.outcome("DELETE", `/v2/team/app/blobs/${digest}`)).toEqual([202]);
    expect(await registry.outcome("GET", `/v2/team/app/blobs/${digest}`)).toEqual([404, "BLOB_UNKNOWN"]);
    expect(await registry.outcome("DELETE", `/v2/team/app/blobs/${digest}`)).toEqual([404, "BLOB_UNKNOWN"]);
    expect(await registry.outcome("GET", "/v2/team/app/blobs/sha256:1")).toEqual([400, "DIGEST_INVALID"]);
  });

  it("is mounted from another repository, or falls back to an upload", async () => {
    const digest = await registry.putBlob("team/base", "layer");
    expect(await registry.outcome("POST", `${uploads}?mount=${digest}&from=team/base`)).toEqual([201]);
    expect(await registry.outcome("HEAD", `/v2/team/app/blobs/${digest}`)).toEqual([200]);
    const missing = await registry.send("POST", `${uploads}?mount=${absent}&from=team/base`);
    expect([missing.status, missing.headers.has("location")]).toEqual([202, true]);
  });

  it("is mounted from wherever it is when no source is named, and from nowhere else when one is", async () => {
    const digest = await registry.putBlob("team/base", "layer");
    expect(await registry.outcome("POST", `${uploads}?mount=${digest}&from=team/other`)).toEqual([202]);
    const mounted = await registry.send("POST", `${uploads}?mount=${digest}`);
    expect([mounted.status, mounted.headers.get("location")]).toEqual([201, `/v2/team/app/blobs/${digest}`]);
    expect(await registry.outcome("HEAD", `/v2/team/app/blobs/${digest}`)).toEqual([200]);
    expect(await registry.outcome("POST", `${uploads}?mount=${absent}`)).toEqual([202]);
    expect(await registry.outcome("POST", `${uploads}?mount=latest`)).toEqual([400, "DIGEST_INVALID"]);
  });

  it("is refused in one request when its digest is wrong", async () => {
    expect(await registry.outcome("POST", `${uploads}?digest=${absent}`, { body: "x" })).toEqual([
      400,
      "DIGEST_INVALID",
    ]);
    expect(registry.snapshot()).toEqual({});
  });
});

describe("an upload", () => {
  const bytes = new TextEncoder().encode("0123456789");
  const digest = digestOf(bytes);
  const withDigest = (location: string, of: string = digest): string => `${location}&digest=${of}`;

  async function open(): Promise<string> {
    const response = await registry.send("POST", uploads);
    expect(response.status).toBe(202);
    return response.headers.get("location") ?? "";
  }
  const chunk = (location: string, from: number, to: number): Promise<Response> => {
    const headers = { "content-range": `${from}-${to}` };
    return registry.send("PATCH", location, { body: bytes.subarray(from, to + 1), headers });
  };

  it("takes all bytes with its last request", async () => {
    const finished = await registry.send("PUT", withDigest(await open()), { body: bytes });
    expect([finished.status, finished.headers.get("location")]).toEqual([201, `/v2/team/app/blobs/${digest}`]);
    expect(await (await registry.send("GET", `/v2/team/app/blobs/${digest}`)).text()).toBe("0123456789");
  });

  it("takes chunks in order, and tells how far it is", async () => {
    const first = await chunk(await open(), 0, 3);
    expect([first.status, first.headers.get("range")]).toEqual([202, "0-3"]);
    const location = first.headers.get("location") ?? "";
    const status = await registry.send("GET", location.split("?")[0] ?? "");
    expect([status.status, status.headers.get("range")]).toEqual([204, "0-3"]);
    const second = await chunk(location, 4, 7);
    const last = { body: bytes.subarray(8), headers: { "content-range": "8-9" } };
    const finished = await registry.send("PUT", withDigest(second.headers.get("location") ?? ""), last);
    expect(finished.status).toBe(201);
  });

  it("answers 416 to a chunk out of order, and goes on from there", async () => {
    const location = (await chunk(await open(), 0, 3)).headers.get("location") ?? "";
    const skipped = await chunk(location, 5, 9);
    expect([skipped.status, skipped.headers.get("range")]).toEqual([416, "0-3"]);
    expect((await chunk(skipped.headers.get("location") ?? "", 4, 9)).status).toBe(202);
  });

  it("answers 416 to a chunk that is sent again where it was sent, and tells there how to go on", async () => {
    const first = await open();
    await chunk(first, 0, 3);
    const again = await chunk(first, 0, 3);
    expect([again.status, again.headers.get("range")]).toEqual([416, "0-3"]);
    const recovered = await registry.send("GET", first);
    expect([recovered.status, recovered.headers.get("range")]).toEqual([204, "0-3"]);
    expect(await registry.outcome("PATCH", first, { body: "4", headers: { "content-range": "4-4" } })).toEqual([
      400,
      "BLOB_UPLOAD_INVALID",
    ]);
    expect((await chunk(recovered.headers.get("location") ?? "", 4, 9)).status).toBe(202);
  });

  it("refuses a chunk whose range does not describe its bytes", async () => {
    const headers = { "content-range": "0-99" };
    expect(await registry.outcome("PATCH", await open(), { body: bytes, headers })).toEqual([400, "SIZE_INVALID"]);
  });

  it("takes one of two chunks that come at once, and keeps the other out", async () => {
    const location = await open();
    const slow = (text: string): RequestInit => ({
      duplex: "half",
      body: new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setImmediate(resolve));
          controller.enqueue(new TextEncoder().encode(text));
          controller.close();
        },
      }),
    });
    const sent = ["01234", "56789"].map((text) => registry.outcome("PATCH", location, slow(text)));
    expect((await Promise.all(sent)).toSorted()).toEqual([[202], [400, "BLOB_UPLOAD_INVALID"]]);
    const status = await registry.send("GET", location);
    expect(status.headers.get("range")).toBe("0-4");
  });

  it("keeps nothing of a chunk whose body breaks off, and goes on where it was", async () => {
    const location = await open();
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.subarray(0, 3));
        controller.error(new Error("the client is gone"));
      },
    });
    await expect(registry.send("PATCH", location, { body, duplex: "half" })).rejects.toThrow();
    expect((await registry.send("GET", location)).headers.get("range")).toBe("0-0");
    expect((await registry.send("PUT", withDigest(location), { body: bytes })).status).toBe(201);
  });

  it("refuses a last chunk out of order, and takes the right one after it", async () => {
    const location = (await chunk(await open(), 0, 3)).headers.get("location") ?? "";
    const last = (from: number): RequestInit => ({
      body: bytes.subarray(from),
      headers: { "content-range": `${from}-9` },
    });
    const refused = await registry.send("PUT", withDigest(location), last(6));
    expect([refused.status, refused.headers.get("range")]).toEqual([416, "0-3"]);
    expect((await registry.send("PUT", withDigest(location), last(4))).status).toBe(201);
  });

  it("goes on only at the Location that was last answered", async () => {
    const first = await open();
    await chunk(first, 0, 3);
    expect(await registry.outcome("PATCH", first, { body: bytes })).toEqual([400, "BLOB_UPLOAD_INVALID"]);
    expect(await registry.outcome("PUT", withDigest(first.split("?")[0] ?? "", digest).replace("&", "?"))).toEqual([
      400,
      "BLOB_UPLOAD_INVALID",
    ]);
  });

  it("refuses a wrong or missing digest, and is over then", async () => {
    const location = await open();
    expect(await registry.outcome("PUT", location, { body: bytes })).toEqual([400, "DIGEST_INVALID"]);
    expect(await registry.outcome("PUT", withDigest(location, absent), { body: bytes })).toEqual([
      400,
      "DIGEST_INVALID",
    ]);
    expect(await registry.outcome("PUT", withDigest(location), { body: bytes })).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
  });

  it("can be cancelled, and belongs to its repository", async () => {
    const location = await open();
    const elsewhere = location.replace("team/app", "team/other");
    expect(await registry.outcome("PUT", withDigest(elsewhere), { body: bytes })).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
    expect(await registry.outcome("DELETE", location.split("?")[0] ?? "")).toEqual([204]);
    expect(await registry.outcome("PATCH", location, { body: bytes })).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
  });
});
