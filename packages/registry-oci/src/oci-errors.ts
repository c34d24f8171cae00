import { BayplanError } from "@bayplan/core";
import { errorFromResponse, type FailedResponse } from "@bayplan/runtime";
import { parseJsonBody } from "./json-body.ts";
import { ErrorDocument } from "./schema.ts";

// Less than the HTTP client keeps of an error's body: what was cut cannot pass for a refusal.
const maxRefusalBytes = 32 * 1024;

/**
 * The error codes in a registry's answer, upper case; `undefined` if the body is not a registry's error document.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
export function ociErrorCodes(body: Uint8Array | undefined): readonly string[] | undefined {
  if (body === undefined || body.byteLength === 0) return undefined;
  const parsed = ErrorDocument.safeParse(parseJsonBody(body));
  return parsed.success ? parsed.data.errors.map((error) => error.code.toUpperCase()) : undefined;
}

/**
 * Whether a 404 really says "there is no such thing". A web page does not, nor any other long text: it comes from a proxy
 * or a wrong address, and what a proxy does not know is not absent.
 *
 * @throws BayplanError `RESPONSE_INVALID` for a page or a long text, `DENIED` when the error document speaks of refusal.
 */
export function confirmAbsent(response: FailedResponse, doing: string): void {
  const codes = ociErrorCodes(response.body);
  if (codes?.some((code) => code === "DENIED" || code === "UNAUTHORIZED")) {
    throw new BayplanError("DENIED", `${doing} failed: the registry denies access. Check the credentials.`, {
      status: response.status,
    });
  }
  const isNoDocument = isPage(response) || (response.body?.byteLength ?? 0) > maxRefusalBytes;
  if (codes === undefined && isNoDocument) {
    throw new BayplanError(
      "RESPONSE_INVALID",
      `${doing} was answered 404 by a web page or the like, not by a registry. Check the host name and any proxy in between.`,
      { status: response.status },
    );
  }
}

/** Whether the answer is a web page. */
export function isPage(response: FailedResponse): boolean {
  return /^text\/html\b/i.test(response.headers.get("content-type") ?? "");
}

/** The error that a registry's answer means, where the error document says more than the status. */
export function registryError(response: FailedResponse, doing: string): BayplanError {
  const codes = ociErrorCodes(response.body) ?? [];
  const error = errorFromResponse(response, doing);
  if (response.status < 400 || response.status >= 500 || error.code === "RATE_LIMITED") return error;
  const code = codes.some((one) => one === "TOOMANYREQUESTS")
    ? "RATE_LIMITED"
    : codes.some((one) => one === "UNSUPPORTED") || response.status === 405
      ? "UNSUPPORTED"
      : error.code;
  if (code === error.code) return error;
  return new BayplanError(code, error.message, {
    status: response.status,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}
