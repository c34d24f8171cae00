import { BayplanError, type CallOptions, type Clock, instantToMs } from "@bayplan/core";
import type { Credentials, CredentialsFunction } from "@bayplan/registry-oci";
import { createSharedWork } from "@bayplan/runtime";

// The password is good for 12 hours: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
const keptMs = 11 * 3_600_000;
// A password this young that is refused will not get better by asking for another one.
const freshMs = 60_000;

/** Where passwords come from. */
export interface PasswordSource {
  /** The authorization token as AWS gives it. */
  readonly login: (host: string, options: CallOptions) => Promise<string | undefined>;
  /** Hosts with the same key share a password; `undefined` gets none. */
  readonly keyOf: (host: string) => string | undefined;
  readonly clock: Clock;
}

/** Gives user and password; one login per key serves all callers for 11 hours. */
export function createKeptPassword({ login, keyOf, clock }: PasswordSource): CredentialsFunction {
  const shared = createSharedWork<Credentials>();
  const cached = new Map<string, { readonly credentials: Credentials; readonly fromMs: number }>();
  return async (host, { refresh, repository: _, ...call }) => {
    const key = keyOf(host);
    if (key === undefined) return undefined;
    const known = cached.get(key);
    const ageMs = known === undefined ? undefined : instantToMs(clock.now()) - known.fromMs;
    const isGood = ageMs !== undefined && ageMs < (refresh ? freshMs : keptMs);
    if (known !== undefined && isGood) return known.credentials;
    const renew = async (options: CallOptions): Promise<Credentials> => {
      const fromMs = instantToMs(clock.now());
      const credentials = decode(await login(host, options));
      cached.set(key, { credentials, fromMs });
      return credentials;
    };
    return shared(key, renew, call);
  };
}

function decode(token: string | undefined): Credentials {
  const text = Buffer.from(token ?? "", "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon > 0 && colon < text.length - 1) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  throw new BayplanError("RESPONSE_INVALID", "Amazon ECR gave no usable authorization token. Check the endpoint.");
}
