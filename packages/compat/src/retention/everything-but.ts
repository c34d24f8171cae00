/**
 * What an expression such as `^(?!main$|v\d).*$` leaves out, as one that RE2 may know: `^(?:main$|v\d)`. `undefined` for
 * expressions of any other form.
 */
export function everythingBut(source: string): string | undefined {
  const [, inner] = /^\^\(\?!(.+)\)\.\*\$?$/.exec(source) ?? [];
  return inner === undefined || !isClosed(inner) ? undefined : `^(?:${inner})`;
}

/** Whether every group that is opened is closed, and none before. */
function isClosed(source: string): boolean {
  const letters = source.replace(/\\./g, "").replace(/\[[^\]]*\]/g, "");
  let depth = 0;
  for (const letter of letters) {
    if (letter === "(") depth += 1;
    if (letter === ")") depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}
