import { isBayplanError } from "@bayplan/core";

const keptBytes = 64 * 1024;

/**
 * The beginning of the body of a refusal (status 400 and above), at most 64 KiB; the connection is dropped when there is
 * more. A body that breaks off, stands still or takes too long gives what arrived of it, because the status says
 * enough. Only a 404 does not: "absent" is believed when it was heard in whole, and fails as every body does.
 */
export async function readErrorBody(
  body: AsyncIterable<Uint8Array>,
  limits: { readonly status: number; readonly maxBytes: number; readonly deadline: number },
): Promise<Uint8Array> {
  const maxBytes = Math.min(limits.maxBytes, keptBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      length += chunk.byteLength;
      if (length > maxBytes || performance.now() > limits.deadline) break;
    }
  } catch (error) {
    if (limits.status === 404 || (isBayplanError(error) && error.code === "CANCELLED")) throw error;
  }
  return new Uint8Array(Buffer.concat(chunks).subarray(0, maxBytes));
}
