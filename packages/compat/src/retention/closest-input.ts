/** The known name that was probably meant: the same letters, or at most two single-letter mistakes away. */
export function closestInput(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const same = known.find((candidate) => plain(candidate) === plain(name));
  if (same !== undefined) return same;
  const near = known.filter((candidate) => Math.abs(candidate.length - name.length) <= 2);
  const ranked = near.map((candidate) => ({ candidate, distance: mistakes(plain(name), plain(candidate)) }));
  ranked.sort((left, right) => left.distance - right.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= 2 ? best.candidate : undefined;
}

/** How many letters were added, left out or changed. */
function mistakes(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [place, letter] of [...left].entries()) {
    const next = [place + 1];
    for (const [column, other] of [...right].entries()) {
      const changed = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
