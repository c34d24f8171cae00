import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SourceCache } from "./source-cache.ts";

/**
 * A cache in a directory, which is made when first written: for jobs that are new processes, with `actions/cache` or a
 * volume. One file per source, readable by this user only; several processes may share it.
 */
export function createFileSourceCache(directory: string): SourceCache {
  const fileOf = (key: string): string => join(directory, `${createHash("sha256").update(key).digest("hex")}.json`);
  return {
    async read(key, { signal } = {}) {
      try {
        return await readFile(fileOf(key), { encoding: "utf8", ...(signal === undefined ? {} : { signal }) });
      } catch {
        return undefined;
      }
    },
    async write(key, text) {
      await mkdir(directory, { recursive: true });
      const temporary = `${fileOf(key)}.${randomUUID()}.tmp`;
      try {
        await writeFile(temporary, text, { flag: "wx", mode: 0o600 });
        await rename(temporary, fileOf(key));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
  };
}
