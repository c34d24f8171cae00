/** One way to authenticate that a server offers. */
export interface Challenge {
  /** Lower case, for example `bearer`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const blank = /[ \t]*/y;
const separator = /[ \t,]*/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;
const token68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
// A challenge is a few hundred characters; a header of more is cut rather than searched.
const maxLength = 8192;

/**
 * Reads the `WWW-Authenticate` headers of an answer: several challenges per header, several headers, quoted values with
 * escapes. What cannot be read ends that header; what stood before it is kept.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function parseChallenges(headers: readonly string[]): readonly Challenge[] {
  return headers.flatMap((header) => parseHeader(header.slice(0, maxLength)));
}

function parseHeader(text: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found === null) return undefined;
    at = pattern.lastIndex;
    return found[1] ?? found[0];
  };
  for (;;) {
    take(separator);
    const name = take(token)?.toLowerCase();
    if (name === undefined) return challenges;
    take(blank);
    const current = challenges.at(-1);
    if (text[at] === "=" && current !== undefined) {
      at += 1;
      take(blank);
      const value = text[at] === '"' ? take(quoted)?.replaceAll(/\\(.)/g, "$1") : take(token);
      if (value === undefined) return challenges;
      // The first one wins: a second `realm` must not redirect what the first one said.
      if (!Object.hasOwn(current.parameters, name)) current.parameters[name] = value;
      continue;
    }
    challenges.push({ scheme: name, parameters: Object.create(null) as Record<string, string> });
    // `Negotiate YII…==`: credentials of a scheme that is not spoken here, to be skipped as a whole.
    if (!startsParameter(text, at)) take(token68);
  }
}

function startsParameter(text: string, at: number): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]*=[ \t]*[^=,\s]/.test(text.slice(at, at + 200));
}
