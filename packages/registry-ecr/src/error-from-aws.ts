import { BayplanError, type BayplanErrorCode, isBayplanError } from "@bayplan/core";
import { redactText } from "@bayplan/runtime";

const codeByName: Readonly<Record<string, BayplanErrorCode>> = {
  AbortError: "CANCELLED",
  AccessDenied: "DENIED",
  AccessDeniedException: "DENIED",
  BlockedByOrganizationPolicyException: "DENIED",
  KmsException: "DENIED",
  // The port knows no quota; waiting does not help, and neither does another attempt.
  LimitExceededException: "DENIED",
  OptInRequired: "DENIED",
  CredentialsProviderError: "UNAUTHORIZED",
  ExpiredToken: "UNAUTHORIZED",
  ExpiredTokenException: "UNAUTHORIZED",
  IncompleteSignature: "UNAUTHORIZED",
  IncompleteSignatureException: "UNAUTHORIZED",
  InvalidClientTokenId: "UNAUTHORIZED",
  InvalidIdentityToken: "UNAUTHORIZED",
  InvalidIdentityTokenException: "UNAUTHORIZED",
  InvalidSignatureException: "UNAUTHORIZED",
  MissingAuthenticationToken: "UNAUTHORIZED",
  MissingAuthenticationTokenException: "UNAUTHORIZED",
  RequestExpired: "UNAUTHORIZED",
  TokenProviderError: "UNAUTHORIZED",
  UnrecognizedClientException: "UNAUTHORIZED",
  ImageNotFoundException: "NOT_FOUND",
  LayersNotFoundException: "NOT_FOUND",
  LifecyclePolicyNotFoundException: "NOT_FOUND",
  ReferencedImagesNotFoundException: "NOT_FOUND",
  RepositoryNotFoundException: "NOT_FOUND",
  RepositoryPolicyNotFoundException: "NOT_FOUND",
  ImageDigestDoesNotMatchException: "DIGEST_MISMATCH",
  ImageTagAlreadyExistsException: "TAG_IMMUTABLE",
  ImageArchivedException: "UNAVAILABLE",
  InvalidParameterException: "INVALID_INPUT",
  InvalidTagParameterException: "INVALID_INPUT",
  TooManyTagsException: "INVALID_INPUT",
  ValidationException: "INVALID_INPUT",
  ServerException: "UNAVAILABLE",
  ServiceUnavailableException: "UNAVAILABLE",
  RequestLimitExceeded: "RATE_LIMITED",
  SlowDown: "RATE_LIMITED",
  Throttling: "RATE_LIMITED",
  ThrottlingException: "RATE_LIMITED",
  TooManyRequestsException: "RATE_LIMITED",
  TimeoutError: "TIMEOUT",
};

/**
 * The error that an exception of the AWS SDK means, with what to do about it. The SDK has already retried what it
 * retries. A missing permission is named with the resource that it is missing for.
 */
export function errorFromAws(cause: unknown, doing: string): BayplanError {
  if (isBayplanError(cause)) return cause;
  const { name, message, status } = describe(cause);
  const code = codeByName[name] ?? (status === undefined || status >= 500 ? "UNAVAILABLE" : "RESPONSE_INVALID");
  const text = redactText(message).replace(/\.$/, "");
  // Not as `cause`: the SDK hangs the whole request on its errors, session token and signature included.
  return new BayplanError(
    code,
    `${doing} failed: ${name} (${text}).${advice(name, text)}`,
    status === undefined ? {} : { status },
  );
}

/** The name by which AWS calls what went wrong. */
export function exceptionName(cause: unknown): string {
  return describe(cause).name;
}

function advice(name: string, message: string): string {
  if (name.startsWith("AccessDenied")) {
    const [, action] = /not authorized to perform: ([\w-]+:\w+)/.exec(message) ?? [];
    return action === undefined ? "" : ` Allow ${action} to this identity, by IAM or by the policy of the repository.`;
  }
  if (name.startsWith("ExpiredToken")) return " The AWS credentials are over: get new ones.";
  if (name === "CredentialsProviderError") return " Give AWS credentials by the environment, a profile or a role.";
  if (name === "InvalidSignatureException") return " Check the region, the secret key and the clock of this computer.";
  if (name === "RepositoryNotFoundException") return " Create it first, for example by ensureRepository.";
  if (name === "LimitExceededException") return " Delete images, or ask AWS for a higher quota.";
  return "";
}

function describe(cause: unknown): { name: string; message: string; status?: number } {
  if (!(cause instanceof Error)) return { name: "unknown error", message: "" };
  const { name, message } = cause;
  const metadata = "$metadata" in cause ? (cause.$metadata as { httpStatusCode?: number } | undefined) : undefined;
  const status = metadata?.httpStatusCode;
  return { name, message, ...(status === undefined ? {} : { status }) };
}
