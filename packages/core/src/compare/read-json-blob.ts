import { BayplanError } from "../errors.ts";
import type { JsonValue } from "../oci/canonical-json.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { digestReference, formatRepository, type RepositoryName } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { RegistryAdapter } from "../ports/registry.ts";

const maxBytes = 8 * 1024 * 1024;

/**
 * A JSON object stored as a blob, such as a config. At most 8 MiB are read.
 *
 * @throws BayplanError `RESPONSE_INVALID` when it is larger or no JSON object, and whatever the adapter throws.
 */
export async function readJsonBlob(
  registry: RegistryAdapter,
  blob: { readonly repository: RepositoryName; readonly descriptor: Descriptor },
  options: CallOptions = {},
): Promise<{ readonly [key: string]: JsonValue }> {
  const invalid = (why: string) => {
    const name = `${formatRepository(blob.repository)}@${blob.descriptor.digest}`;
    return new BayplanError("RESPONSE_INVALID", `The config ${name} cannot be read: ${why}. Push the image again.`);
  };
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of registry.fetchBlob(digestReference(blob.repository, blob.descriptor.digest), options)) {
    size += chunk.length;
    if (size > maxBytes) throw invalid(`it is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(joined(chunks, size)));
  } catch {
    // The parser's message would quote the document.
    throw invalid("it is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("it is not a JSON object");
  return value as { readonly [key: string]: JsonValue };
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
