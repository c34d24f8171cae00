import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isBayplanError, type JournalEntry, parseDigest, parseInstant, parseJournal } from "@bayplan/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFileJournal } from "./file-journal.ts";

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bayplan-journal-"));
  path = join(directory, "journal.jsonl");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const head = (seq: number) => ({
  formatVersion: 1 as const,
  plan: parseDigest(`sha256:${"a".repeat(64)}`),
  execution: "one",
  seq,
  at: parseInstant("2026-11-21T02:00:00Z"),
});
const begun = (seq: number): JournalEntry => ({ ...head(seq), event: "begun", family: "cpython", steps: 3 });
const failed = (seq: number, message: string, run?: string): JournalEntry => ({
  ...head(seq),
  event: "step-ended",
  ...{ step: "build:a@1", node: "a@1", group: "a@1", action: "build", result: "failed", code: "DENIED", message },
  ...(run === undefined ? {} : { run }),
});
const read = async () => parseJournal(await readFile(path, "utf8"));
const codeOf = async (promise: Promise<void>) =>
  promise.then(
    () => "none",
    (error: unknown) => (isBayplanError(error) ? error.code : String(error)),
  );

describe("createFileJournal", () => {
  it("has one line per entry, in the order of the calls, also when nobody waits", async () => {
    const journal = createFileJournal(path);
    await Promise.all([1, 2, 3, 4].map((seq) => journal.append(begun(seq))));
    await journal.close();
    const { entries, damagedLines } = await read();
    expect(entries).toEqual([1, 2, 3, 4].map(begun));
    expect(damagedLines).toBe(0);
  });

  it("goes on in a file that is there, and begins a new line behind one that was not finished", async () => {
    await writeFile(path, `${JSON.stringify(begun(1))}\n{"formatVersion":1,"pl`);
    const journal = createFileJournal(path, { sync: "each" });
    await journal.append(begun(2));
    await journal.append(begun(3));
    await journal.close();
    const { entries, damaged } = await read();
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(damaged).toEqual([{ line: 2, kind: "garbage" }]);
  });

  it("keeps what others append meanwhile", async () => {
    const [one, other] = [createFileJournal(path), createFileJournal(path)];
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((seq) => (seq % 2 === 0 ? one : other).append(begun(seq))));
    await appendFile(path, `${JSON.stringify(begun(9))}\n`);
    await one.append(begun(10));
    await Promise.all([one.close(), other.close()]);
    const { entries, damagedLines } = await read();
    expect(entries.map(({ seq }) => seq).sort((left, right) => left - right)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(damagedLines).toBe(0);
    expect(one.writer).not.toBe(other.writer);
  });

  it("holds no secret, and no message without end", async () => {
    const journal = createFileJournal(path);
    const token = `ghp_${"s".repeat(36)}`;
    await journal.append(
      failed(1, `refused Bearer ${token}\n${"x".repeat(100_000)}`, `https://user:${token}@h/?token=${token}`),
    );
    await journal.close();
    const text = await readFile(path, "utf8");
    expect(text).not.toContain(token);
    expect(text.length).toBeLessThan(5000);
    expect(text.trimEnd().split("\n")).toHaveLength(1);
    expect((await read()).entries[0]).toMatchObject({ code: "DENIED" });
  });

  it("is for its owner only", async () => {
    const journal = createFileJournal(path);
    await journal.append(begun(1));
    await journal.close();
    if (process.platform !== "win32") expect((await stat(path)).mode & 0o077).toBe(0);
  });

  it("opens the file again after it was closed", async () => {
    const journal = createFileJournal(path);
    await journal.append(begun(1));
    await journal.close();
    await journal.append(begun(2));
    await journal.close();
    expect((await read()).entries).toHaveLength(2);
  });

  it("says that a file cannot be opened, and tries again with the next entry", async () => {
    const journal = createFileJournal(join(directory, "later", "journal.jsonl"));
    expect(await codeOf(journal.append(begun(1)))).toBe("INVALID_INPUT");
    const other = createFileJournal(directory);
    expect(await codeOf(other.append(begun(1)))).toBe("INVALID_INPUT");
    await Promise.all([journal.close(), other.close()]);
  });

  it.skipIf(process.platform !== "linux")("says that the disk is full", async () => {
    const journal = createFileJournal("/dev/full");
    expect(await codeOf(journal.append(begun(1)))).toBe("UNAVAILABLE");
    await journal.close();
  });
});
