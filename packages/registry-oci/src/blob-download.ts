import { createHash } from "node:crypto";
import { BayplanError, type Digest } from "@bayplan/core";

/** What was received of one blob, from whom, and how much of it was passed on. */
export interface BlobDownload {
  /** Bytes received since the last beginning: where the next source has to go on. */
  readonly received: number;
  /** Whether some of these bytes are a mirror's. */
  readonly isDoubtful: boolean;
  /** Passes on what may be passed on of the chunks, and keeps the rest. */
  take(chunks: AsyncIterable<Uint8Array>, source: "mirror" | "registry"): AsyncGenerator<Uint8Array>;
  /** Whether what was received is the blob. */
  isWhole(): boolean;
  /** What was kept. */
  rest(): Iterable<Uint8Array>;
  /** Begins anew. What was passed on already has to come again, the same, and is not passed on a second time. */
  restart(): void;
}

// What a mirror gave can be taken back only as long as nobody has it.
const heldOfMirrorsBytes = 16 * 1024 * 1024;

/**
 * A download that never passes on the last chunk before everything was verified, nor, of what a mirror gave, the last
 * 16 MiB.
 */
export function createBlobDownload(digest: Digest, doing: string): BlobDownload {
  const algorithm = algorithmOf(digest);
  let all = createHash(algorithm);
  let received = 0;
  let isDoubtful = false;
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const passedOn = createHash(algorithm);
  let passedOnBytes = 0;
  let repeated = createHash(algorithm);
  // Of the bytes of this run, those that were passed on in an earlier one.
  let toRepeatBytes = 0;

  /** The part of the chunk that is not only a repetition. */
  function withoutRepetition(chunk: Uint8Array): Uint8Array {
    if (received >= toRepeatBytes) return chunk;
    const again = chunk.subarray(0, toRepeatBytes - received);
    repeated.update(again);
    if (received + again.byteLength === toRepeatBytes && hex(repeated) !== hex(passedOn.copy())) {
      throw new BayplanError(
        "DIGEST_MISMATCH",
        `${doing} failed: a mirror gave other content, and part of it was passed on before that was known. Read it again: the mirror is left out now.`,
      );
    }
    return chunk.subarray(again.byteLength);
  }

  function* surplus(limitBytes: number): Generator<Uint8Array> {
    while (held.length > 1 && heldBytes > limitBytes) {
      const chunk = held.shift();
      if (chunk === undefined) return;
      heldBytes -= chunk.byteLength;
      passedOnBytes += chunk.byteLength;
      // Compared only where a mirror may have to be corrected.
      if (isDoubtful) passedOn.update(chunk);
      yield chunk;
    }
  }

  return {
    get received() {
      return received;
    },
    get isDoubtful() {
      return isDoubtful;
    },
    async *take(chunks, source) {
      for await (const chunk of chunks) {
        if (source === "mirror") isDoubtful = true;
        const fresh = withoutRepetition(chunk);
        all.update(chunk);
        received += chunk.byteLength;
        if (fresh.byteLength === 0) continue;
        held.push(fresh);
        heldBytes += fresh.byteLength;
        yield* surplus(isDoubtful ? heldOfMirrorsBytes : 0);
      }
    },
    isWhole: () => received >= toRepeatBytes && `${algorithm}:${hex(all.copy())}` === digest,
    rest: () => held,
    restart() {
      all = createHash(algorithm);
      repeated = createHash(algorithm);
      received = 0;
      toRepeatBytes = passedOnBytes;
      isDoubtful = false;
      held = [];
      heldBytes = 0;
    },
  };
}

/** The hash that a digest names. */
export function algorithmOf(digest: Digest): "sha256" | "sha512" {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

function hex(hash: ReturnType<typeof createHash>): string {
  return hash.digest("hex");
}
