/** How one member of a release group ended, as a CI system says it; `undefined` or `null`: not yet. */
export interface GroupMember {
  readonly name: string;
  readonly result?: "success" | "failure" | "cancelled" | "skipped" | "timed-out" | null;
}

/** Whether a release group may go on to its next stage. */
export type GroupVerdict =
  | { readonly state: "complete"; readonly members: number }
  /** `names`: who failed, was skipped or is missing. */
  | { readonly state: "failed" | "pending"; readonly names: readonly string[] }
  | { readonly state: "empty" };

/**
 * Whether every member of a release group succeeded, so that nothing of it is promoted before all of it is ready.
 * Skipped and cancelled are not success, a member without a result is not one either, and a group of nobody is not
 * complete.
 *
 * @param expected - Names that must be members; one that is not there is pending.
 */
export function judgeGroup(members: readonly GroupMember[], expected: readonly string[] = []): GroupVerdict {
  const present = new Set(members.map(({ name }) => name));
  const missing = expected.filter((name) => !present.has(name));
  if (members.length === 0 && missing.length === 0) return { state: "empty" };
  const isOpen = ({ result }: GroupMember) => result === undefined || result === null;
  const failed = members.filter((member) => !isOpen(member) && member.result !== "success");
  if (failed.length > 0) return { state: "failed", names: failed.map(({ name }) => name) };
  const pending = [...members.filter(isOpen).map(({ name }) => name), ...missing];
  return pending.length > 0 ? { state: "pending", names: pending } : { state: "complete", members: members.length };
}
