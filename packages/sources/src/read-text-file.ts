import { open } from "node:fs/promises";
import { BayplanError, type CallOptions, throwIfCancelled } from "@bayplan/core";

const maxBytes = 1024 * 1024;

/**
 * A small file as text.
 *
 * @throws BayplanError `NOT_FOUND`; `UNAVAILABLE` when it cannot be read; `INVALID_INPUT` when it is no text, no file,
 * or longer than 1 MiB; `CANCELLED`.
 */
export async function readTextFile(path: string | URL, { signal }: CallOptions = {}): Promise<string> {
  throwIfCancelled(signal);
  const bytes = await readBytes(path);
  throwIfCancelled(signal);
  try {
    // A byte order mark is taken off by the decoder.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalid(path, "is no UTF-8 text");
  }
}

async function readBytes(path: string | URL): Promise<Uint8Array> {
  try {
    const file = await open(path, "r");
    try {
      // A pipe or a device may never end.
      const stat = await file.stat();
      if (!stat.isFile()) throw invalid(path, "is no file");
      if (stat.size > maxBytes) throw invalid(path, "is longer than 1 MiB");
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof BayplanError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new BayplanError("NOT_FOUND", `There is no file ${String(path)}. Check the path.`);
    throw new BayplanError(
      "UNAVAILABLE",
      `${String(path)} cannot be read (${code ?? "unknown"}). Check its permissions.`,
    );
  }
}

function invalid(path: string | URL, what: string): BayplanError {
  return new BayplanError("INVALID_INPUT", `${String(path)} ${what}. Name a file with versions.`);
}
