import { isLoopbackHost } from "./loopback.ts";

// 0.0.0.0 and :: are this computer, too, for whoever connects to them; so is an IPv4 address in IPv6 clothes.
const hereOtherwise = /^(?:0\.[\d.]+|\[::\]|\[::ffff:(?:7f[0-9a-f]{2}|0|[0-9a-f]{1,2}):[0-9a-f]{1,4}\])$/;
// Cloud machines keep their secrets there: 169.254.169.254 and its kin.
const linkLocal = /^(?:169\.254\.[\d.]+|\[fe[89ab][0-9a-f]:.*\]|\[::ffff:a9fe:.*\]|\[fd00:ec2:.*\])$/;

/**
 * Why an address that a server names (a redirect, an upload's `Location`) must not be followed from there, as the end
 * of a sentence; `undefined` if it may: no other schemes than http and https, no credentials in it, no step from https
 * down to http, none from elsewhere to this computer or to a link-local address. Names are not looked up.
 */
export function onwardRefusal(from: URL, to: URL): string | undefined {
  if (!/^https?:$/.test(to.protocol)) return "it is no web address";
  if (to.username !== "" || to.password !== "") return "it contains credentials";
  if (from.protocol === "https:" && to.protocol === "http:") return "it leads from https to http";
  const host = to.hostname.replace(/\.$/, "");
  const isHere = isLoopbackHost(host) || hereOtherwise.test(host);
  if (to.hostname === from.hostname) return undefined;
  if (isHere && !isLoopbackHost(from.hostname)) return "it leads to this computer";
  return linkLocal.test(host) ? "it leads to a link-local address" : undefined;
}
