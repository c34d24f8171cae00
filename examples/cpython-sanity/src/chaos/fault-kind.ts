/** What can go wrong with one request. */
export const requestFaults = [
  "rate limit",
  "rate limit without a time",
  "server error",
  "reset before the effect",
  "reset after the effect",
  "truncated body",
  "silently truncated body",
  "slow answer",
  "stale read",
  "outage",
] as const;

/** One of {@link requestFaults}. */
export type RequestFault = (typeof requestFaults)[number];

/** What can go wrong with a whole run. */
export const runFaults = [
  "somebody else moves a tag",
  "failing run",
  "failing test",
  "late run",
  "newer plan meanwhile",
  "lagging list of runs",
  "stopped by signal",
  "crash before the effect",
  "crash after the effect",
] as const;

/** Everything that is injected. */
export type FaultKind = RequestFault | (typeof runFaults)[number];
