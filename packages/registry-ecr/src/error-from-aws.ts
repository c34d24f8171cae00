import { BayplanError, type BayplanErrorCode, isBayplanError } from "@bayplan/core";
import { redactText } from "@bayplan/runtime";

const codeByName: Readonly<Record<string, BayplanErrorCode>> = {
  AbortError: "CANCELLED",
  AccessDeniedException: "DENIED",
  CredentialsProviderError: "UNAUTHORIZED",
  ExpiredTokenException: "UNAUTHORIZED",
  IncompleteSignature: "UNAUTHORIZED",
  InvalidClientTokenId: "UNAUTHORIZED",
  InvalidSignatureException: "UNAUTHORIZED",
  MissingAuthenticationToken: "UNAUTHORIZED",
  UnrecognizedClientException: "UNAUTHORIZED",
  ServerException: "UNAVAILABLE",
  ServiceUnavailableException: "UNAVAILABLE",
  ThrottlingException: "RATE_LIMITED",
  TooManyRequestsException: "RATE_LIMITED",
  TimeoutError: "TIMEOUT",
};

/** The error that an exception of the AWS SDK means. The SDK has already retried what it retries. */
export function errorFromAws(cause: unknown, doing: string): BayplanError {
  if (isBayplanError(cause)) return cause;
  const { name, message, status } = describe(cause);
  const code = codeByName[name] ?? (status === undefined || status >= 500 ? "UNAVAILABLE" : "RESPONSE_INVALID");
  // Not as `cause`: the SDK hangs the whole request on its errors, session token and signature included.
  return new BayplanError(
    code,
    `${doing} failed: ${name} (${redactText(message)}).`,
    status === undefined ? {} : { status },
  );
}

function describe(cause: unknown): { name: string; message: string; status?: number } {
  if (!(cause instanceof Error)) return { name: "unknown error", message: "" };
  const { name, message } = cause;
  const metadata = "$metadata" in cause ? (cause.$metadata as { httpStatusCode?: number } | undefined) : undefined;
  const status = metadata?.httpStatusCode;
  return { name, message, ...(status === undefined ? {} : { status }) };
}
