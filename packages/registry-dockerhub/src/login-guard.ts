import { BayplanError, type CallOptions, type Clock, instantToMs, isBayplanError } from "@bayplan/core";
import { type HttpRequest, type HttpResponse, untilCancelled } from "@bayplan/runtime";

/** How a login is sent: once, or with the client's own retries. */
export type SendLogin = (retry: HttpRequest["retry"]) => Promise<HttpResponse>;

/** Keeps wrong credentials from being sent again: a few failed logins lock the account for ten minutes. */
export interface LoginGuard {
  /**
   * The answer to a login. Until one was accepted, they are sent one after the other.
   *
   * @throws BayplanError `UNAUTHORIZED` for credentials that are or were refused, `RATE_LIMITED` while the account is
   * locked; both for ten minutes without sending anything.
   */
  send(login: SendLogin, options: CallOptions): Promise<HttpResponse>;
}

const lockedMs = 600_000;

/** One guard for the one secret of an adapter, wherever it is sent. */
export function createLoginGuard(clock: Clock): LoginGuard {
  let refused: { readonly error: BayplanError; readonly untilMs: number } | undefined;
  let isProven = false;
  let last: Promise<unknown> = Promise.resolve();

  function check(): void {
    if (refused === undefined) return;
    const leftMs = refused.untilMs - instantToMs(clock.now());
    if (leftMs > 0) throw again(refused.error, leftMs);
    refused = undefined;
  }

  async function attempt(login: SendLogin): Promise<HttpResponse> {
    check();
    const response = isProven ? await login(undefined) : await sendFirst(login);
    const error = refusalOf(response);
    if (error === undefined) {
      isProven ||= response.status < 300;
      return response;
    }
    isProven = false;
    refused = { error, untilMs: instantToMs(clock.now()) + lockedMs };
    throw again(error, lockedMs);
  }

  return {
    async send(login, options) {
      if (isProven) return await attempt(login);
      const before = last;
      const mine = before.then(
        () => attempt(login),
        () => attempt(login),
      );
      last = mine.catch(() => {});
      return await untilCancelled(mine, options);
    },
  };
}

/**
 * Once without retries, which would repeat the password to an account that is locked; a failure that says nothing of
 * the login is then met as usual.
 */
async function sendFirst(login: SendLogin): Promise<HttpResponse> {
  try {
    const response = await login("never");
    const mayPass = response.status === 429 || response.status >= 500;
    if (!mayPass || refusalOf(response) !== undefined) return response;
  } catch (error) {
    if (!isBayplanError(error) || (error.code !== "UNAVAILABLE" && error.code !== "TIMEOUT")) throw error;
  }
  return await login(undefined);
}

function refusalOf(response: HttpResponse): BayplanError | undefined {
  const { status } = response;
  if (status === 401) {
    return new BayplanError(
      "UNAUTHORIZED",
      "Docker Hub does not accept the credentials. Check the Docker ID (for an organisation access token: the organisation's name) and the password or token; they are not sent again for ten minutes.",
      { status },
    );
  }
  if (status !== 429 || !/too many failed login/i.test(new TextDecoder().decode(response.body))) return undefined;
  return new BayplanError(
    "RATE_LIMITED",
    "Docker Hub has locked the account or address after failed logins. Find who uses an old password; nothing is sent for ten minutes.",
    { status },
  );
}

function again(error: BayplanError, leftMs: number): BayplanError {
  const status = error.status === undefined ? {} : { status: error.status };
  return new BayplanError(error.code, error.message, { ...status, retryAfterMs: leftMs });
}
