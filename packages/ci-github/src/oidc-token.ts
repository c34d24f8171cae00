import { BayplanError, type CallOptions, type Clock } from "@bayplan/core";
import { type FetchLike, systemClock } from "@bayplan/runtime";
import { z } from "zod";
import { createGuardedFetch } from "./guarded-fetch.ts";

/** How a token is asked for. */
export interface OidcTokenOptions extends CallOptions {
  /** Whom the token is for, for example `sts.amazonaws.com` to assume a role of AWS. */
  readonly audience: string;
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default the global `fetch`. */
  readonly fetch?: FetchLike;
  /** Default the computer's clock. */
  readonly clock?: Clock;
}

const Answer = z.object({ value: z.string().min(1).max(100_000) });
const maxErrorStatus = 400;

/**
 * The job's OpenID Connect token, a secret that is valid for minutes: what another service takes instead of a stored
 * key. Never printed here; mask it (`formatMask`) before anything of yours might.
 *
 * @throws BayplanError `DENIED` when the job may not have one (`permissions: id-token: write` is missing, or the run
 * comes from a fork), `INVALID_INPUT` for an audience that is empty, `UNAVAILABLE`, `RESPONSE_INVALID`, `CANCELLED`.
 * @see https://docs.github.com/en/actions/reference/security/oidc
 */
export async function requestOidcToken(options: OidcTokenOptions): Promise<string> {
  const { audience, signal, clock = systemClock } = options;
  const env = options.env ?? process.env;
  if (audience.trim() === "" || audience.length > 1000 || /\p{Cc}/u.test(audience)) {
    throw new BayplanError(
      "INVALID_INPUT",
      "The audience of the token must be one line, for example sts.amazonaws.com.",
    );
  }
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address = "", ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer = "" } = env;
  if (address === "" || bearer === "") {
    throw new BayplanError(
      "DENIED",
      "This job may not ask for an OpenID Connect token. Give the job `permissions: id-token: write`; runs for forks never get one.",
    );
  }
  if (!URL.canParse(address) || new URL(address).protocol !== "https:" || !/^[\x21-\x7e]+$/.test(bearer)) {
    throw new BayplanError(
      "RESPONSE_INVALID",
      "The address or token in ACTIONS_ID_TOKEN_REQUEST_* is not what the runner sets.",
    );
  }
  const url = new URL(address);
  url.searchParams.set("audience", audience);
  const fetch = createGuardedFetch({
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    clock,
    origin: url.origin,
  });
  const headers = { accept: "application/json", authorization: `Bearer ${bearer}`, "user-agent": "bayplan-ci-github" };
  const response = await fetch(url.href, { method: "GET", headers, signal });
  if (response.status >= maxErrorStatus) throw refusal(response.status);
  const parsed = Answer.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return parsed.data.value;
  throw new BayplanError("RESPONSE_INVALID", "GitHub's answer to the request for an OpenID Connect token holds none.");
}

function refusal(status: number): BayplanError {
  // What it says may quote the request: it is not shown.
  const code =
    status === 401 || status === 403 ? "DENIED" : status === 429 || status >= 500 ? "UNAVAILABLE" : "RESPONSE_INVALID";
  return new BayplanError(
    code,
    `GitHub did not give an OpenID Connect token (${status}). Check \`permissions: id-token: write\`.`,
    {
      status,
    },
  );
}
