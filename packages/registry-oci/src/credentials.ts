import type { CallOptions } from "@bayplan/core";

/** Proof of identity: user and password (or access token), or a ready-made bearer token. */
export type Credentials = { readonly username: string; readonly password: string } | { readonly token: string };

/** How a credentials function is asked. */
export interface CredentialsRequest extends CallOptions {
  /** The credentials given before were refused: do not give the same cached ones again. */
  readonly refresh: boolean;
}

/**
 * Credentials, or a function that gives them for a host when they are needed. It is called often, so it should cache.
 * `undefined` means anonymous.
 */
export type RegistryCredentials =
  | Credentials
  | ((host: string, request: CredentialsRequest) => Promise<Credentials | undefined>);

/** The value of an `Authorization` header for user and password. */
export function basicAuthorization(credentials: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`, "utf8").toString("base64")}`;
}

/** Turns every form of credentials into the function form. */
export function toCredentialsFunction(
  credentials: RegistryCredentials | undefined,
): (host: string, request: CredentialsRequest) => Promise<Credentials | undefined> {
  return typeof credentials === "function" ? credentials : async () => credentials;
}
