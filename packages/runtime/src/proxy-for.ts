import { BayplanError } from "@bayplan/core";
import { isLoopbackHost } from "./loopback.ts";
import { redactUrl } from "./redact.ts";

/** An environment, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for a URL: `https_proxy` or `http_proxy` by the URL's scheme, unless `no_proxy`
 * lists the host (`*`; names, which cover their subdomains; either with a port). This computer is never reached
 * through one. Lower case goes before upper case.
 *
 * @throws BayplanError `INVALID_INPUT` for a proxy that is not spoken to by http or https.
 * @see https://curl.se/docs/manpage.html#ENVIRONMENT
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  if (isLoopbackHost(url.hostname)) return undefined;
  const read = (name: string): string => env[name] || env[name.toUpperCase()] || "";
  const given = read(url.protocol === "https:" ? "https_proxy" : "http_proxy").trim();
  if (given === "" || isExcepted(url, read("no_proxy"))) return undefined;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy?.protocol === "http:" || proxy?.protocol === "https:") return proxy;
  throw new BayplanError(
    "INVALID_INPUT",
    `The proxy in the environment, ${redactUrl(text)}, cannot be used: not http or https.`,
  );
}

function isExcepted(url: URL, list: string): boolean {
  const host = url.hostname.toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = "", onlyPort] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (name === "" || (onlyPort !== undefined && onlyPort !== port)) return false;
      return host === name || host.endsWith(`.${name}`);
    });
}
