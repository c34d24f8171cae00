import { isLoopbackHost } from "@bayplan/runtime";
import { badOption } from "./read-json.ts";

/** How a remote repository may be reached. `http` is always possible to this computer only. */
export type GitProtocol = "https" | "ssh" | "file";

/** A remote repository that was checked. */
export interface GitRemote {
  /** As Git gets it. */
  readonly url: string;
  /** For `GIT_ALLOW_PROTOCOL`. */
  readonly protocol: string;
  /** Of https and http, for credentials. */
  readonly origin?: string;
}

/**
 * Checks the address of a remote repository. Only URLs are taken: the short form `git@host:path`, local paths and
 * transports such as `ext::` are not.
 *
 * @throws BayplanError `INVALID_INPUT` for everything that Git might take for something else than an address.
 */
export function parseGitRemote(text: string, protocols: readonly GitProtocol[]): GitRemote {
  const expected = `an address that begins with ${protocols.map((name) => `${name}://`).join(" or ")}, without a password`;
  const refuse = () => badOption("repository", expected);
  if (!/^[a-z]+:\/\/[\x21-\x7e]{1,2000}$/.test(text) || !URL.canParse(text)) throw refuse();
  const url = new URL(text);
  const protocol = url.protocol.slice(0, -1);
  const isLocal = protocol === "http" && protocols.includes("https") && isLoopbackHost(url.hostname);
  if (!isLocal && !protocols.some((allowed) => allowed === protocol)) throw refuse();
  // ssh takes a host or user that begins with a dash for an option.
  const isOption = [url.hostname, url.username, url.pathname.replace(/^\/+/, "")].some((part) => part.startsWith("-"));
  const isWeb = protocol === "https" || protocol === "http";
  if (isOption || url.password !== "" || (isWeb && url.username !== "") || url.search + url.hash !== "") throw refuse();
  if (protocol !== "file" && url.hostname === "") throw refuse();
  return { url: text, protocol, ...(isWeb ? { origin: url.origin } : {}) };
}
