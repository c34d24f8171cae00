import type { CallOptions } from "@bayplan/core";

/**
 * Where sources keep listings: texts by key. Reading what is not there gives `undefined`. A cache that throws counts as
 * empty, so that it never fails a listing. Callers with different rights need different caches, or different tokens:
 * a key contains a hash of the token.
 */
export interface SourceCache {
  read(key: string, options?: CallOptions): Promise<string | undefined>;
  write(key: string, text: string, options?: CallOptions): Promise<void>;
}

/** What a source keeps, and when it gives what it kept. */
export interface SourceCaching {
  /** Where listings are kept. Default: in memory, of this source alone. */
  readonly cache?: SourceCache;
  /**
   * A listing that was read less than so many milliseconds ago is given again without asking. Default 0; python.org
   * 900,000, which is 96 requests a day. After that, pages are asked for with `If-None-Match` where they had an `ETag`.
   */
  readonly freshForMs?: number;
  /**
   * When the source is rate limited, unavailable or too slow, the last whole listing is given instead, with
   * `staleSince`, if it was read less than so many milliseconds ago. Default 86,400,000, a day; 0: never.
   */
  readonly staleForMs?: number;
}

/**
 * A cache in the memory of this process.
 *
 * @param options - `maxLength`: characters that are kept at most, default 64 Mi; what was not used for the longest time goes first.
 */
export function createMemorySourceCache(options: { readonly maxLength?: number } = {}): SourceCache {
  const { maxLength = 64 * 1024 * 1024 } = options;
  const texts = new Map<string, string>();
  let length = 0;
  const drop = (key: string): void => {
    length -= texts.get(key)?.length ?? 0;
    texts.delete(key);
  };
  return {
    async read(key) {
      const text = texts.get(key);
      if (text === undefined) return undefined;
      // To the end of the line of those that go.
      texts.delete(key);
      texts.set(key, text);
      return text;
    },
    async write(key, text) {
      drop(key);
      if (text.length > maxLength) return;
      texts.set(key, text);
      length += text.length;
      for (const oldest of texts.keys()) {
        if (length <= maxLength) return;
        drop(oldest);
      }
    },
  };
}
