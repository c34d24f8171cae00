import { BayplanError, type CallOptions, type DigestReference } from "@bayplan/core";
import { errorFromResponse, type HttpClient, type HttpResponse } from "@bayplan/runtime";
import { type HubCredentials, parseJson } from "./hub-api.ts";
import { registryApiHost, tokenHost } from "./hub-repository.ts";
import { RegistryToken } from "./schema.ts";

/**
 * Sends the registry's own DELETE of a manifest, with a token made for it, and gives the answer.
 *
 * @throws BayplanError `UNAUTHORIZED` without credentials or with wrong ones.
 * @see https://docs.docker.com/reference/api/registry/latest/#tag/manifests/operation/DeleteImageManifest
 */
export async function deleteFromRegistry(
  { http, credentials }: { readonly http: HttpClient; readonly credentials: HubCredentials | undefined },
  { repository, digest }: DigestReference,
  call: CallOptions,
): Promise<HttpResponse> {
  if (credentials === undefined) {
    throw new BayplanError(
      "UNAUTHORIZED",
      "Nobody deletes on Docker Hub without logging in. Pass username and password.",
    );
  }
  const url = new URL(`https://${tokenHost}/token`);
  url.searchParams.set("service", "registry.docker.io");
  url.searchParams.set("scope", `repository:${repository}:delete,pull`);
  const basic = Buffer.from(`${credentials.username}:${credentials.password}`, "utf8").toString("base64");
  const headers = { accept: "application/json" };
  const asked = await http.request({ method: "GET", url, headers, authorization: `Basic ${basic}` }, call);
  const doing = `Getting a token from ${tokenHost}`;
  if (asked.status !== 200) throw errorFromResponse(asked, doing);
  const token = RegistryToken.safeParse(parseJson(new TextDecoder().decode(asked.body)));
  if (!token.success) {
    throw new BayplanError("RESPONSE_INVALID", `${doing} gave no token. Check any proxy in between.`);
  }
  const address = `https://${registryApiHost}/v2/${repository}/manifests/${digest}`;
  return await http.request({ method: "DELETE", url: address, authorization: `Bearer ${token.data}` }, call);
}
