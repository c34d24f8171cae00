import type { HttpHeaders } from "@bayplan/runtime";

// The specification's default, and the least a client must assume: https://distribution.github.io/distribution/spec/auth/token/
const minLifetimeMs = 60_000;
// More than any run takes; a number as large as JSON can hold would be no time any more.
const maxLifetimeMs = 86_400_000;

/**
 * How long a token is still good for, in milliseconds from now. Some endpoints hand out tokens that they made earlier:
 * the age is what the server's own clock (`Date`) says, and ours only if it is silent. An age that cannot be (issued in
 * the future, over already) comes from clocks that disagree, and counts as none.
 */
export function tokenLifetimeMs(
  answer: { readonly expiresInSeconds?: number | undefined; readonly issuedAt?: string | undefined },
  context: { readonly headers: HttpHeaders; readonly nowMs: number },
): number {
  const lifetimeMs = Math.min(maxLifetimeMs, Math.max(minLifetimeMs, (answer.expiresInSeconds ?? 0) * 1000));
  const serverMs = Date.parse(context.headers.get("date") ?? "");
  const ageMs = (Number.isNaN(serverMs) ? context.nowMs : serverMs) - Date.parse(answer.issuedAt ?? "");
  return ageMs > 0 && ageMs < lifetimeMs ? lifetimeMs - ageMs : lifetimeMs;
}
