import type { CallOptions } from "@bayplan/core";

/**
 * Proof of identity: user and password (or access token); a ready-made bearer token; or an identity token, which is
 * exchanged at the token endpoint (OAuth2 `refresh_token`) and is what Docker keeps for the user `<token>`.
 */
export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly token: string }
  | { readonly identityToken: string; readonly username?: string };

/** How a credentials function is asked. */
export interface CredentialsRequest extends CallOptions {
  /** The credentials given before were refused: do not give the same cached ones again. */
  readonly refresh: boolean;
  /** The repository they are for, where credentials may differ from one to the next. */
  readonly repository?: string;
}

/** Gives credentials for a host when they are needed. Called often, so it should cache. `undefined` means anonymous. */
export type CredentialsFunction = (host: string, request: CredentialsRequest) => Promise<Credentials | undefined>;

/** The same credentials for all hosts of the adapter (not for its mirrors), or a function that gives them for each. */
export type RegistryCredentials = Credentials | CredentialsFunction;

/** The value of an `Authorization` header for user and password. */
export function basicAuthorization(
  credentials: { username: string; password: string } | { identityToken: string; username?: string },
): string {
  const [username, password] =
    "password" in credentials
      ? [credentials.username, credentials.password]
      : [credentials.username ?? "<token>", credentials.identityToken];
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

/** Turns every form of credentials into the function form; what is no function is for these API hosts, and for no mirror. */
export function toCredentialsFunction(
  credentials: RegistryCredentials | undefined,
  apiHosts: readonly string[],
): CredentialsFunction {
  if (typeof credentials === "function") return credentials;
  // As sessions name them, which leave the usual port out.
  const hosts = new Set(apiHosts.flatMap((host) => [new URL(`https://${host}`).host, new URL(`http://${host}`).host]));
  return async (host) => (hosts.has(host) ? credentials : undefined);
}
