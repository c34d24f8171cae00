const secretName =
  /cookie|token|secret|password|passwd|signature|credential|auth|session|api[-_]?key|^sig$|^key$|^code$|^x-amz-/i;
const secretsInText: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]+/gi, "$1 ***"],
  [/\b(?:gh[pousr]_|github_pat_|glpat-|dckr_pat_|AKIA|ASIA|xox[a-z]-)[A-Za-z0-9_-]+/g, "***"],
  [/\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)?/g, "***"],
  [/(\/\/)[^/@\s]+@/g, "$1***@"],
  [/\b([\w-]*(?:token|secret|password|signature|credential|api[-_]?key)[\w-]*"?\s*[=:]\s*"?)[^\s&"',;]+/gi, "$1***"],
];

/** Whether the name of a header, a query parameter or a field looks as if its value were a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/**
 * The URL as it may be shown: without user, password and fragment, the values of query parameters whose names look
 * like secrets replaced by `***`.
 */
export function redactUrl(url: string | URL): string {
  if (!URL.canParse(String(url))) return "(not a URL)";
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  shown.hash = "";
  const parameters = [...shown.searchParams];
  // Written once: each change of a single parameter would write the whole address again, and servers send long ones.
  if (parameters.some(([name]) => isSecretName(name))) {
    const safe = parameters.map(([name, value]): [string, string] => [name, isSecretName(name) ? "***" : value]);
    shown.search = new URLSearchParams(safe).toString();
  }
  return shown.href;
}

/** Text of a server as it may be shown: one line, at most `maxLength` characters, what looks like a secret replaced by `***`. */
export function redactText(text: string, maxLength = 200): string {
  // Cut generously before the patterns run, so that a hostile body cannot make them slow.
  let shown = text.slice(0, maxLength * 4).replace(/\p{Cc}+|\s+/gu, " ");
  for (const [pattern, replacement] of secretsInText) shown = shown.replace(pattern, replacement);
  shown = shown.trim();
  return shown.length > maxLength ? `${shown.slice(0, maxLength)}…` : shown;
}
