import { fail, strictEqual } from "node:assert/strict";
import { type BayplanErrorCode, isBayplanError } from "@bayplan/core";

/** Passes when the action fails with that code. */
export async function expectCode(code: BayplanErrorCode, action: () => Promise<unknown>): Promise<void> {
  let error: unknown;
  try {
    await action();
  } catch (caught) {
    error = caught;
  }
  if (error === undefined) fail(`expected ${code}, but nothing was thrown`);
  if (!isBayplanError(error)) throw error;
  strictEqual(error.code, code, `expected ${code}, got ${error.code}: ${error.message}`);
}

/** Reads an async iterable to its end. */
export async function drain<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
