/** Numbers by value, everything else by code unit: 17.3 comes before 17.10. 0 only for the same text. */
export function compareNaturally(left: string, right: string): number {
  const [leftParts, rightParts] = [partsOf(left), partsOf(right)];
  for (let index = 0; index < Math.max(leftParts.length, rightParts.length); index += 1) {
    const difference = compareParts(leftParts[index] ?? "", rightParts[index] ?? "");
    if (difference !== 0) return difference;
  }
  return compareText(left, right);
}

function partsOf(text: string): readonly string[] {
  return text.match(/\d+|\D+/g) ?? [];
}

function compareParts(left: string, right: string): number {
  if (!/^\d/.test(left) || !/^\d/.test(right)) return compareText(left, right);
  // Of any length: compared as digits, without a number that would round.
  const [a, b] = [left.replace(/^0+/, ""), right.replace(/^0+/, "")];
  return a.length - b.length || compareText(a, b);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
