/** What there is, in words that are the same on every port. */
export interface CrashState {
  /** Digest by `server/repository:tag`. */
  readonly tags: Readonly<Record<string, string>>;
  /** `server/repository@digest` of all manifests, tagged or not. */
  readonly manifests: readonly string[];
  /** How many runs did their work to its end, by what they pushed or tested. */
  readonly runs: Readonly<Record<string, number>>;
}
