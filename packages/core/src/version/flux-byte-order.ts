const firstSurrogate = 0xd800;
const lastSurrogate = 0xdfff;

/**
 * -1 when the UTF-8 bytes of `left` come first, 1 when those of `right` do, 0 for equal texts. It differs from `<`, which
 * sorts by UTF-16, only where surrogates meet what follows them in the table.
 */
export function compareBytewise(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const [a, b] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (a === b) continue;
    if (isSurrogate(a) !== isSurrogate(b)) {
      // A surrogate stands for a code point beyond all that one unit can hold.
      return isSurrogate(a) ? 1 : -1;
    }
    return a < b ? -1 : 1;
  }
  return Math.sign(left.length - right.length);
}

function isSurrogate(unit: number): boolean {
  return unit >= firstSurrogate && unit <= lastSurrogate;
}
