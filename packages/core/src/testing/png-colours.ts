// biome-ignore-all lint/correctness/noNodejsModules: tests may inflate, core itself may not
import { inflateSync } from "node:zlib";

/** Share of the pixels by colour, as `r,g,b`, of a PNG with 8 bits per channel that is not interlaced. */
export function pngColours(png: Uint8Array): ReadonlyMap<string, number> {
  const bytes = Buffer.from(png);
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const channels = { 2: 3, 6: 4 }[bytes.readUInt8(25)];
  if (bytes.readUInt8(24) !== 8 || channels === undefined) throw new Error("only RGB and RGBA with 8 bits are read");
  const rows = inflateSync(Buffer.concat([...imageData(bytes)]));
  const counts = new Map<string, number>();
  const stride = width * channels;
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y += 1) {
    const start = y * (stride + 1);
    const line = unfilter(rows.subarray(start + 1, start + 1 + stride), above, { filter: rows[start] ?? 0, channels });
    for (let x = 0; x < stride; x += channels) {
      const colour = `${line[x]},${line[x + 1]},${line[x + 2]}`;
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    above = line;
  }
  return new Map([...counts].map(([colour, count]) => [colour, count / (width * height)]));
}

function* imageData(bytes: Buffer): Generator<Buffer> {
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString("latin1", at + 4, at + 8) === "IDAT") yield bytes.subarray(at + 8, at + 8 + length);
    at += length + 12;
  }
}

/** @see https://www.w3.org/TR/png-3/#9Filter-types */
function unfilter(
  line: Uint8Array,
  above: Uint8Array,
  { filter, channels }: { readonly filter: number; readonly channels: number },
): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(line.length);
  for (const [x, value] of line.entries()) {
    const left = out[x - channels] ?? 0;
    const up = above[x] ?? 0;
    const corner = above[x - channels] ?? 0;
    const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
    out[x] = value + predicted;
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
