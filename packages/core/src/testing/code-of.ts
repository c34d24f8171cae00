import { isBayplanError } from "../errors.ts";

/** The code of the BayplanError the function throws; the error's name for any other, `nothing thrown` for none. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isBayplanError(error)) return error.code;
    return error instanceof Error ? error.name : String(error);
  }
  return "nothing thrown";
}

/** The same for a promise. */
export async function codeOfRejected(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return codeOf(() => {
      throw error;
    });
  }
  return "nothing thrown";
}
