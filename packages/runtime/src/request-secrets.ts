import type { PreparedRequest } from "./http-request.ts";
import { isSecretName } from "./redact.ts";

/** The part of a request that may hold secrets. */
export type SecretBearer = Pick<
  PreparedRequest,
  "authorization" | "headers" | "url" | "body" | "secretBody" | "hidden"
>;

// Shorter ones cannot be told from the words of any sentence.
const minLength = 4;

/**
 * Takes out of a text what was secret in the request: the parts of `Authorization`, headers and query parameters with
 * secret names, secret bodies, and what is `hidden`; each as it is and as servers repeat it (escaped for JSON, HTML and
 * addresses, in Base64), also where the end of the text cuts it. Dear: only for what failed.
 */
export function withoutSecretsOf(request: SecretBearer): (text: string) => string {
  const long = [...secretsIn(request)].filter((one) => one.length >= minLength);
  const secrets = [...new Set(long.flatMap(spellings))].sort((left, right) => right.length - left.length);
  return (text) => {
    let shown = text;
    for (const secret of secrets) shown = shown.replaceAll(secret, "***");
    for (const secret of secrets) shown = withoutCut(shown, secret);
    return shown;
  };
}

/** The same for what a server said, which is not shown at all if it holds a password or token of fewer than 4 characters. */
export function quoteWithoutSecretsOf(request: SecretBearer): (text: string) => string {
  return (text) => {
    for (const one of proofsIn(request)) if (one !== "" && one.length < minLength && text.includes(one)) return "***";
    return withoutSecretsOf(request)(text);
  };
}

function withoutCut(text: string, secret: string): string {
  for (let length = Math.min(secret.length - 1, text.length); length >= minLength; length -= 1) {
    if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length);
  }
  return text;
}

/** User, password and token, and what they are made of. */
function* proofsIn({ authorization, hidden }: SecretBearer): Generator<string> {
  for (const one of [authorization, ...hidden]) if (one !== undefined) yield* secretsInAuthorization(one);
}

function* secretsIn(request: SecretBearer): Generator<string> {
  const { headers, url } = request;
  yield* proofsIn(request);
  for (const [name, value] of Object.entries(headers)) if (isSecretName(name)) yield* secretsInAuthorization(value);
  for (const [name, value] of url.searchParams) if (isSecretName(name)) yield value;
  if (request.secretBody) yield* secretsInBody(request.body?.());
}

/** `Bearer x`, `Basic x`, or just `x`; cookies are several `name=value`. */
function* secretsInAuthorization(value: string): Generator<string> {
  const credentials = /^[A-Za-z][\w-]* +(.+)$/.exec(value)?.[1] ?? value;
  yield credentials;
  for (const part of credentials.split(/[;,\s]+/)) {
    const named = /^[\w-]+="?([^"]+)"?$/.exec(part)?.[1];
    if (named !== undefined) yield named;
  }
  if (!/^[A-Za-z0-9+/_-]+=*$/.test(credentials)) return;
  // The password of Basic; some registries take Base64 of a token as the token, too.
  const decoded = Buffer.from(credentials, "base64").toString("utf8");
  if (/[\p{Cc}\uFFFD]/u.test(decoded)) return;
  yield decoded;
  const colon = decoded.indexOf(":");
  if (colon >= 0) yield decoded.slice(colon + 1);
}

/** The values with secret names in a form or a document. */
function* secretsInBody(body: unknown): Generator<string> {
  if (!(body instanceof Uint8Array)) return;
  const text = new TextDecoder().decode(body);
  let fields: readonly (readonly [string, unknown])[];
  try {
    fields = Object.entries(JSON.parse(text));
  } catch {
    fields = [...new URLSearchParams(text)];
  }
  for (const [name, value] of fields) if (typeof value === "string" && isSecretName(name)) yield value;
}

function spellings(secret: string): readonly string[] {
  const base64 = Buffer.from(secret).toString("base64");
  const html = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return [
    secret,
    secret.replace(/=+$/, ""),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    encodeURI(secret),
    new URLSearchParams({ x: secret }).toString().slice(2),
    html,
    html.replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
    html.replace(/["']/g, asNumber),
    secret.replace(/[&<>"']/g, asNumber),
    base64,
    base64.replace(/=+$/, ""),
    Buffer.from(secret).toString("base64url"),
  ];
}

function asNumber(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
