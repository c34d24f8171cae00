import { BayplanError, type CallOptions, formatRepository, isBayplanError, type RepositoryName } from "@bayplan/core";
import type { HttpResponse } from "@bayplan/runtime";
import { ociErrorCodes } from "./oci-errors.ts";
import type { RegistryClient, RegistryRequest } from "./registry-client.ts";

/**
 * The answer to the beginning of an upload or a mount. Where there is none because the connection broke, the registry
 * is asked once whether it has the repository: ECR answers nothing at all where it has not.
 *
 * @throws BayplanError `NOT_FOUND` when the registry says that there is no such repository, else what the request threw.
 * @see https://github.com/aws/containers-roadmap/issues/1970
 */
export async function beginUpload(
  client: RegistryClient,
  upload: { readonly repository: RepositoryName; readonly request: RegistryRequest; readonly doing: string },
  options: CallOptions,
): Promise<HttpResponse> {
  const { repository, request, doing } = upload;
  try {
    return await client.request(repository, request, options);
  } catch (cause) {
    if (!isBayplanError(cause) || cause.code !== "UNAVAILABLE" || cause.status !== undefined) throw cause;
    if (!(await isRepositoryMissing(client, repository, options))) throw cause;
    throw new BayplanError(
      "NOT_FOUND",
      `${doing} failed: there is no repository ${formatRepository(repository)}, and the registry breaks the connection off instead of creating it. Create the repository first.`,
      { status: 404, cause },
    );
  }
}

/** Whether the registry says so. That it says nothing, or something else, does not mean it. */
async function isRepositoryMissing(
  client: RegistryClient,
  repository: RepositoryName,
  options: CallOptions,
): Promise<boolean> {
  try {
    // The actions of the upload, whose token is there already.
    const request = { method: "GET", path: "tags/list?n=1", actions: "pull,push", retry: "never" } as const;
    const response = await client.request(repository, request, options);
    return response.status === 404 && ociErrorCodes(response.body)?.includes("NAME_UNKNOWN") === true;
  } catch (error) {
    if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
    return false;
  }
}
