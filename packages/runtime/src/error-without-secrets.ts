import { BayplanError, isBayplanError } from "@bayplan/core";
import { redactText } from "./redact.ts";
import { type SecretBearer, withoutSecretsOf } from "./request-secrets.ts";

const maxDepth = 5;
const maxMessageLength = 500;

/**
 * The error without the secrets of the request: in its message they may have come from an address that the server
 * named; its causes are only what they say of themselves, because errors of transports hold answers, sockets and whole
 * requests. The very same error where there is nothing to take out.
 */
export function errorWithoutSecretsOf(error: unknown, request: SecretBearer): unknown {
  if (!isBayplanError(error)) return error;
  const redact = withoutSecretsOf(request);
  const message = redact(error.message);
  // What the caller gave as the reason of a cancellation is the caller's.
  const cause = error.code === "CANCELLED" ? error.cause : plain(error.cause, redact, 0);
  if (message === error.message && cause === error.cause) return error;
  const { code, problems, retryAfterMs, status } = error;
  return new BayplanError(code, message, {
    problems,
    ...(cause === undefined ? {} : { cause }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(status === undefined ? {} : { status }),
  });
}

function plain(cause: unknown, redact: (text: string) => string, depth: number): Error | undefined {
  if (!(cause instanceof Error) || depth === maxDepth) return undefined;
  const message = redactText(redact(cause.message), maxMessageLength);
  const inner = plain(cause.cause, redact, depth + 1);
  const options = inner === undefined ? {} : { cause: inner };
  const copy =
    cause instanceof AggregateError
      ? new AggregateError(
          cause.errors.flatMap((one) => plain(one, redact, depth + 1) ?? []),
          message,
          options,
        )
      : new Error(message, options);
  copy.name = redact(cause.name);
  const frames = (cause.stack ?? "").split("\n").filter((line) => /^ {4}at /.test(line));
  copy.stack = [`${copy.name}: ${message}`, ...frames.map(redact)].join("\n");
  return "code" in cause && typeof cause.code === "string" ? Object.assign(copy, { code: redact(cause.code) }) : copy;
}
