import { randomUUID } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { BayplanError, type Journal, type JournalEntry } from "@bayplan/core";
import { redactText, redactUrl } from "./redact.ts";

/** How a journal is kept. */
export interface FileJournalOptions {
  /**
   * When the disk is waited for. A process that is killed loses nothing that was appended; a computer that loses its
   * power may. `ends` (default): when an execution begins and when it is over. `each`: after every entry.
   */
  readonly sync?: "ends" | "each";
}

/** A journal in a file. */
export interface FileJournal extends Journal {
  /** Waits until everything is written and closes the file. A later entry opens it again. */
  close(): Promise<void>;
}

const maxMessageCharacters = 1000;

/**
 * A journal of one JSON entry per line, which is only ever appended to: every entry is one write at the end of the file,
 * so that several processes can share it. What looks like a secret is replaced. A last line that another process did not
 * finish stays as it is, and a new line is begun behind it. The file is made if needed, for its owner only.
 *
 * `append` throws BayplanError `INVALID_INPUT` when the file cannot be opened, `UNAVAILABLE` when it cannot be written.
 */
export function createFileJournal(path: string, options: FileJournalOptions = {}): FileJournal {
  let file: FileHandle | undefined;
  let isTorn = false;
  let last: Promise<void> = Promise.resolve();

  async function opened(): Promise<FileHandle> {
    if (file !== undefined) return file;
    file = await open(path, "a+", 0o600).catch((error: unknown) => {
      throw new BayplanError("INVALID_INPUT", `The journal ${path} cannot be opened (${codeOf(error)}).`, {
        cause: error,
      });
    });
    isTorn = await endsInTheMiddle(file).catch(() => true);
    return file;
  }

  async function write(entry: JournalEntry): Promise<void> {
    const handle = await opened();
    const bytes = Buffer.from(`${isTorn ? "\n" : ""}${JSON.stringify(withoutSecrets(entry))}\n`);
    isTorn = true;
    try {
      const { bytesWritten } = await handle.write(bytes);
      // Only a full disk writes less than it was given.
      if (bytesWritten < bytes.byteLength) throw new Error("ENOSPC");
      isTorn = false;
      if (options.sync === "each" || entry.event === "begun" || entry.event === "over") await handle.datasync();
    } catch (cause) {
      throw new BayplanError("UNAVAILABLE", `The journal ${path} cannot be written (${codeOf(cause)}).`, { cause });
    }
  }

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };

  return {
    writer: randomUUID().slice(0, 8),
    append: (entry) => inTurn(() => write(entry)),
    close: () =>
      inTurn(async () => {
        await file?.close();
        file = undefined;
      }),
  };
}

async function endsInTheMiddle(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
}

function withoutSecrets(entry: JournalEntry): JournalEntry {
  if (entry.event !== "step-ended") return entry;
  const { message, run } = entry;
  return {
    ...entry,
    ...(message === undefined ? {} : { message: redactText(message, maxMessageCharacters) }),
    ...(run === undefined ? {} : { run: redactUrl(run) }),
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "it failed";
}
