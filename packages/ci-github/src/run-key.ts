import { BayplanError } from "@bayplan/core";

const keyPattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$/;

/** Whether the text may be a dispatch key: 1 to 100 of `A-Z a-z 0-9 . _ -`, a letter or digit at both ends. */
export function isRunKey(text: string): boolean {
  return keyPattern.test(text);
}

/**
 * The text that a run carries in its name: `<key>.<attempt>`, for example `bp-0123abcd.2`.
 *
 * @throws BayplanError `INVALID_INPUT` for a key outside the grammar of {@link isRunKey} or an attempt below 1.
 */
export function formatRunKey(key: string, attempt: number): string {
  if (!isRunKey(key)) throw invalid("key", key, "1 to 100 of A-Z a-z 0-9 . _ -, with a letter or digit at both ends");
  if (!Number.isSafeInteger(attempt) || attempt < 1) throw invalid("attempt", String(attempt), "a whole number from 1");
  return `${key}.${attempt}`;
}

/**
 * The attempt that a run's display title shows for this key, `undefined` when the title does not carry the key.
 *
 * Only whole words count: `bp-1` is not found in `Build bp-12.1`, `bp-1.2.1` or `cache/bp-1.1`.
 */
export function attemptInTitle(title: string, key: string): number | undefined {
  if (!isRunKey(key)) return undefined;
  const word = new RegExp(
    `(?<![A-Za-z0-9._/-])${key.replaceAll(".", "\\.")}\\.([1-9][0-9]{0,8})(?![A-Za-z0-9_/-]|\\.[A-Za-z0-9])`,
    "u",
  );
  const attempt = word.exec(title)?.[1];
  return attempt === undefined ? undefined : Number(attempt);
}

function invalid(path: string, found: string, expected: string): BayplanError {
  return new BayplanError("INVALID_INPUT", `The ${path} of a run cannot be used: it must be ${expected}.`, {
    problems: [{ path, found: found.slice(0, 100), expected }],
  });
}
