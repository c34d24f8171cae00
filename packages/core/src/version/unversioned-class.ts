const digest = /^sha(?:256|384|512)-[0-9a-f]{32,128}(?:\.[\w.-]+)?$/i;
const commit = /^(?:(?:sha|git|commit|rev|ref)[-_.]?)?g?([0-9a-f]{7,64})(?:[-_.+].*)?$/i;
const date =
  /^(?:[a-z]+[-_.])*v?((?:19|20)\d{2})(?:([-_])(\d{1,2})\2(\d{1,2})|(\d{2})(\d{2}))(?:T?\d{2}|T?\d{4}|T?\d{6})?Z?(?:[-_.+T].*)?$/i;
const movingWord =
  /^(?:latest|main|master|trunk|develop|development|dev|head|edge|nightly|canary|stable|next|current|snapshot|unstable|testing|rolling|insiders|mainline|prod|production|staging|pr|merge|branch)(?:[-_./].*)?$/i;

/** What a text names that is no version; `undefined` when it may be one. */
export function unversionedClass(text: string): "digest" | "hash" | "date" | "moving" | undefined {
  if (digest.test(text)) return "digest";
  if (isDate(text)) return "date";
  if (commit.test(text)) return "hash";
  return movingWord.test(text) || /^[a-z][a-z_.-]*$/i.test(text) ? "moving" : undefined;
}

function isDate(text: string): boolean {
  const match = date.exec(text);
  if (match === null) return false;
  const [month, day] = [Number(match[3] ?? match[5]), Number(match[4] ?? match[6])];
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}
