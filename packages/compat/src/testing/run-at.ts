import { isBayplanError } from "@bayplan/core";
import type { MetadataActionContext } from "../metadata-action/read-metadata-context.ts";

/** When everything happens. */
export const now = "2026-03-04T05:06:07.089Z";
/** The commit of every run. */
export const sha = "0123456789abcdef0123456789abcdef01234567";
const repository = {
  name: "bay",
  description: "A bay & more",
  html_url: "https://git.example/o/bay",
  default_branch: "main",
  license: { spdx_id: "MIT" },
};

/** A run on this ref: a push of {@link sha} in a repository whose default branch is `main`, unless `more` says otherwise. */
export function at(
  ref: string,
  more: Partial<MetadataActionContext> & { eventName?: string; payload?: unknown } = {},
): MetadataActionContext {
  const { eventName = "push", payload = { repository }, ...rest } = more;
  return { event: { eventName, ref, sha, payload }, repository, now, ...rest };
}

/** The code and the action's words of what is refused. */
export function refusal(act: () => unknown): { readonly code: string; readonly words: string } {
  try {
    act();
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    return { code: error.code, words: error.cause instanceof Error ? error.cause.message : "" };
  }
  throw new Error("nothing was refused");
}
