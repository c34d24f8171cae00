import { z } from "zod";
import { BayplanError } from "../errors.ts";
import { type Instant, isInstant } from "../instant.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import type { JournalEntry } from "../ports/journal.ts";

/** A journal as it was found. */
export interface ParsedJournal {
  /** In the order of the file. */
  readonly entries: readonly JournalEntry[];
  /** Lines that are no entries, at most 100, by their number from 1. */
  readonly damaged: readonly DamagedLine[];
  /** How many lines are no entries. */
  readonly damagedLines: number;
}

/** A line that cannot be read. */
export interface DamagedLine {
  readonly line: number;
  /** `torn`: the last line, which a process did not finish; `newer`: of a later version of Bayplan; else `garbage`. */
  readonly kind: "torn" | "newer" | "garbage";
}

const maxCharacters = 500_000_000;
const maxLineCharacters = 100_000;
const mostDamaged = 100;

/**
 * Reads a journal: one JSON entry per line. Whatever stands in the file, what can be read is read; the rest is told by
 * the numbers of its lines, and never quoted. Members that this version does not know are left out.
 *
 * @throws BayplanError `INVALID_INPUT` for more than 500 million characters.
 */
export function parseJournal(text: string): ParsedJournal {
  if (text.length > maxCharacters)
    throw new BayplanError("INVALID_INPUT", `The journal has more than ${maxCharacters} characters. Split it.`);
  const entries: JournalEntry[] = [];
  const damaged: DamagedLine[] = [];
  let damagedLines = 0;
  let line = 0;
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf("\n", start);
    const end = found === -1 ? text.length : found;
    line += 1;
    const read = end - start > maxLineCharacters ? "garbage" : readLine(text.slice(start, end));
    if (typeof read === "object") entries.push(read);
    else if (read !== "empty") {
      damagedLines += 1;
      const kind = found === -1 && read === "garbage" ? "torn" : read;
      if (damaged.length < mostDamaged) damaged.push({ line, kind });
    }
    start = end + 1;
  }
  return { entries, damaged, damagedLines };
}

function readLine(line: string): JournalEntry | "empty" | "newer" | "garbage" {
  if (line.trim() === "") return "empty";
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    return "garbage";
  }
  const parsed = Entry.safeParse(data);
  if (parsed.success) return parsed.data;
  const version = Version.safeParse(data);
  return version.success && version.data.formatVersion > 1 ? "newer" : "garbage";
}

const Text = z.string().max(2000);
const DigestText = z.custom<Digest>((value) => typeof value === "string" && isDigest(value));
const Version = z.object({ formatVersion: z.number() });
const head = {
  formatVersion: z.literal(1),
  plan: DigestText,
  execution: Text,
  seq: z.int().positive(),
  at: z.custom<Instant>((value) => typeof value === "string" && isInstant(value)),
};
const step = {
  step: Text,
  node: Text,
  group: Text,
  action: Text,
  where: Text.exactOptional(),
  from: z.union([z.object({ absent: z.literal(true) }), z.object({ digest: DigestText })]).exactOptional(),
  to: DigestText.exactOptional(),
};
const result = {
  result: z.enum(["done", "already-done", "failed", "refused", "skipped"]),
  code: Text.exactOptional(),
  message: z.string().max(10_000).exactOptional(),
  run: Text.exactOptional(),
};
const Entry = z.discriminatedUnion("event", [
  z.object({
    ...head,
    event: z.literal("begun"),
    family: Text,
    steps: z.int().nonnegative(),
    rollsBack: DigestText.exactOptional(),
  }),
  z.object({ ...head, event: z.literal("step-begun"), ...step }),
  z.object({ ...head, event: z.literal("step-ended"), ...step, ...result }),
  z.object({ ...head, event: z.literal("cancelled") }),
  z.object({ ...head, event: z.literal("over"), state: Text }),
]) satisfies z.ZodType<JournalEntry>;
