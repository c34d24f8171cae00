/** A duration for a policy, rounded up to whole seconds: so nothing counts as old before it is. */
export function secondsText(milliseconds: number): string {
  return `${Math.ceil(milliseconds / 1000)}s`;
}
