import { refusal } from "./refusal.ts";
import { digestOrRefuse, type RegistryCall, type RegistryContext } from "./registry-context.ts";

/** GET and HEAD of a blob, whole or one byte range of it. */
export async function getBlob(context: RegistryContext, call: RegistryCall): Promise<Response> {
  const digest = digestOrRefuse(call.target);
  const bytes = await findBlob(context, call);
  const headers = {
    "content-type": "application/octet-stream",
    "docker-content-digest": digest,
    "accept-ranges": "bytes",
    etag: `"${digest}"`,
  };
  const range = call.request.method === "GET" ? call.request.headers.get("range") : null;
  if (range === null) {
    return new Response(bytes, { status: 200, headers: { ...headers, "content-length": String(bytes.length) } });
  }
  const { from, to } = parseRange(range, bytes.length);
  const part = bytes.subarray(from, to + 1);
  const partHeaders = {
    ...headers,
    "content-length": String(part.length),
    "content-range": `bytes ${from}-${to}/${bytes.length}`,
  };
  return new Response(part, { status: 206, headers: partHeaders });
}

/** DELETE of a blob. Manifests that name it stay, as in real registries. */
export async function deleteBlob(context: RegistryContext, call: RegistryCall): Promise<Response> {
  const digest = digestOrRefuse(call.target);
  await findBlob(context, call);
  await context.catalog.deleteBlob(call.repository, digest);
  return new Response(null, { status: 202, headers: { "content-length": "0" } });
}

async function findBlob(context: RegistryContext, call: RegistryCall): Promise<Uint8Array> {
  const bytes = await context.catalog.readBlob(call.repository, digestOrRefuse(call.target));
  if (bytes !== undefined) return bytes;
  throw refusal(404, { code: "BLOB_UNKNOWN", message: "blob unknown to registry", detail: call.target });
}

function parseRange(range: string, totalBytes: number): { from: number; to: number } {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  const isSuffix = first === "" && last !== "";
  const from = isSuffix ? Math.max(0, totalBytes - Number(last)) : Number(first || Number.NaN);
  const to = isSuffix || last === "" ? totalBytes - 1 : Math.min(Number(last), totalBytes - 1);
  if (from <= to) return { from, to };
  const headers = { "content-range": `bytes */${totalBytes}` };
  throw refusal(416, { code: "SIZE_INVALID", message: "the range cannot be satisfied" }, headers);
}
