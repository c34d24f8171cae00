/** A decimal number of any length, in parts that order it exactly. */
export interface FluxNumber {
  readonly sign: -1 | 0 | 1;
  /** Position of the first digit that is not 0: 1 for `7`, 3 for `700`, 0 for `.7`. Infinity for `inf`. */
  readonly magnitude: number;
  /** From the first to the last digit that is not 0. */
  readonly digits: string;
}

const maxLength = 1000;
const decimal = /^(?<sign>[+-]?)(?<whole>\d*)(?:\.(?<fraction>\d*))?(?:[eE](?<exponent>[+-]?\d+))?$/;
const infinity = /^(?<sign>[+-]?)inf(?:inity)?$/i;

/**
 * The number as Flux's numerical policy reads it: `7`, `-0.5`, `1e3`, `1_000`, `inf`. `undefined` for everything else,
 * for what exceeds the largest float, and for two things that Go reads and no tag means: `NaN`, which has no place in an
 * order, and hexadecimal floats.
 *
 * @see https://pkg.go.dev/strconv#ParseFloat
 */
export function parseFluxNumber(text: string): FluxNumber | undefined {
  if (text.length > maxLength) return undefined;
  const endless = infinity.exec(text)?.groups;
  if (endless !== undefined) return { sign: signOf(endless["sign"]), magnitude: Number.POSITIVE_INFINITY, digits: "" };
  // An underscore may only stand between two digits.
  const plain = text.replaceAll(/(?<=\d)_(?=\d)/g, "");
  const groups = decimal.exec(plain)?.groups;
  const [whole, fraction] = [groups?.["whole"] ?? "", groups?.["fraction"] ?? ""];
  if (groups === undefined || whole + fraction === "" || !Number.isFinite(Number(plain))) return undefined;
  const written = `${whole}${fraction}`;
  const significant = written.replace(/^0+/, "");
  const digits = significant.replace(/0+$/, "");
  if (digits === "") return { sign: 0, magnitude: 0, digits };
  const leadingZeros = written.length - significant.length;
  const magnitude = whole.length - leadingZeros + Number(groups["exponent"] ?? 0);
  return { sign: signOf(groups["sign"]), magnitude, digits };
}

/**
 * -1 when `left` is smaller, 1 when it is larger, 0 when they are equal. Exact: Flux compares 64-bit floats, to which
 * 9007199254740992 and 9007199254740993 are the same number, so that it takes whichever is listed last.
 */
export function compareFluxNumbers(left: FluxNumber, right: FluxNumber): number {
  if (left.sign !== right.sign || left.sign === 0) return Math.sign(left.sign - right.sign);
  return left.sign * compareAbsolute(left, right);
}

function compareAbsolute(left: FluxNumber, right: FluxNumber): 1 | 0 | -1 {
  if (left.magnitude !== right.magnitude) return left.magnitude < right.magnitude ? -1 : 1;
  if (left.digits === right.digits) return 0;
  return left.digits < right.digits ? -1 : 1;
}

function signOf(text: string | undefined): -1 | 1 {
  return text === "-" ? -1 : 1;
}
