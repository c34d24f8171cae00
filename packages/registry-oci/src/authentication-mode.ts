import { BayplanError } from "@bayplan/core";
import type { Challenge } from "./challenge.ts";
import { type BearerChallenge, parseRealm } from "./token-endpoint.ts";

/** How a host wants its requests to be authenticated. */
export type AuthenticationMode =
  | { readonly kind: "unknown" }
  | { readonly kind: "open" }
  | { readonly kind: "basic" }
  | { readonly kind: "bearer"; readonly challenge: BearerChallenge };

/**
 * What the challenges of a 401 ask for. Bearer first: it keeps the password away from the registry, and is the only one
 * that serves the anonymous.
 *
 * @throws BayplanError `UNAUTHORIZED` when they offer nothing that is understood, `RESPONSE_INVALID` for a realm that is
 * not accepted.
 */
export function chooseMode(
  challenges: readonly Challenge[],
  registry: URL,
  current: AuthenticationMode,
): AuthenticationMode {
  const bearer = challenges.find((challenge) => challenge.scheme === "bearer" && "realm" in challenge.parameters);
  if (bearer !== undefined) {
    const { realm, service } = bearer.parameters;
    const challenge = { realm: parseRealm(realm, registry), ...(service === undefined ? {} : { service }) };
    return { kind: "bearer", challenge };
  }
  if (challenges.some((challenge) => challenge.scheme === "basic")) return { kind: "basic" };
  // No challenge at all: a registry that had one before still means the same.
  if (current.kind === "bearer" || current.kind === "basic") return current;
  throw new BayplanError(
    "UNAUTHORIZED",
    `The registry ${registry.host} refuses access and offers no way to authenticate that is understood (Basic or Bearer).`,
    { status: 401 },
  );
}
