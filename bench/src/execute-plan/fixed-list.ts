import type { VersionSource } from "@bayplan/core";

/** A source of one version. */
export function createFixedListSource(raw: string): VersionSource {
  return {
    id: "fixed",
    list: () => ({
      completeness: () => ({ truncated: false }),
      async *[Symbol.asyncIterator]() {
        yield { raw };
      },
    }),
  };
}
