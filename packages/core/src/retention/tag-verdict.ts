import type { RetentionReason } from "./retention-reason.ts";

/** What is decided of one tag. */
export interface TagVerdict {
  readonly tag: string;
  readonly state: "expired" | "live" | "protected";
  readonly reason: RetentionReason;
}
