/** The branch or tag an event is about, as filters see it. */
export interface TriggerRef {
  /** `other`: neither, for example a pull request whose target is not known. */
  readonly kind: "branch" | "tag" | "other";
  /** Without `refs/heads/` or `refs/tags/`. */
  readonly name: string;
}

/** Reads a full ref; one that begins with neither `refs/heads/` nor `refs/tags/` is `other`, a short name is not guessed. */
export function parseTriggerRef(ref: string): TriggerRef {
  if (ref.startsWith("refs/heads/")) return { kind: "branch", name: ref.slice("refs/heads/".length) };
  if (ref.startsWith("refs/tags/")) return { kind: "tag", name: ref.slice("refs/tags/".length) };
  return { kind: "other", name: ref };
}
