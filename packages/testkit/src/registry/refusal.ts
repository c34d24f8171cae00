/**
 * Error codes of the distribution specification that the embedded registry answers, and two that registries add.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
export type OciErrorCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "PAGINATION_NUMBER_INVALID"
  | "SIZE_INVALID"
  | "TAG_INVALID"
  | "UNAUTHORIZED"
  | "UNSUPPORTED";

/** A request that the registry refuses; thrown anywhere below the router, which answers it. */
export class Refusal extends Error {
  readonly response: Response;

  constructor(response: Response) {
    super(`refused with ${response.status}`);
    this.response = response;
  }
}

/** An error document of the distribution specification, ready to be thrown. */
export function refusal(
  status: number,
  error: { readonly code: OciErrorCode; readonly message: string; readonly detail?: unknown },
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return new Refusal(jsonResponse(status, { errors: [error] }, headers));
}

/** A JSON answer that announces its length. */
export function jsonResponse(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  const body = JSON.stringify(value);
  return new Response(body, {
    status,
    headers: {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      ...headers,
    },
  });
}
