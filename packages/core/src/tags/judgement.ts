import type { Reason } from "../reason.ts";

/** Whether a claimed tag may be written, and why. */
export type Judgement =
  | { readonly state: "allowed"; readonly reason: Reason }
  /** `isVeto`: no other rule may write the tag either. `isUnknown`: more knowledge could allow it. */
  | { readonly state: "withheld"; readonly reason: Reason; readonly isVeto: boolean; readonly isUnknown: boolean };

/** A judgement that keeps the tag where it is. */
export function withheld(
  reason: Reason,
  { isVeto = true, isUnknown = false }: { readonly isVeto?: boolean; readonly isUnknown?: boolean } = {},
): Judgement {
  return { state: "withheld", reason, isVeto, isUnknown };
}
