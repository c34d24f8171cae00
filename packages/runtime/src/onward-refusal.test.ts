import fc from "fast-check";
import { expect, it } from "vitest";
import { onwardRefusal } from "./onward-refusal.ts";

const judge = (from: string, to: string): string | undefined => onwardRefusal(new URL(from), new URL(to));

it.each([
  ["https://a.example/", "http://a.example/"],
  ["https://a.example/", "https://localhost/"],
  ["https://a.example/", "https://x.localhost:8443/"],
  ["https://a.example/", "https://localhost./"],
  ["https://a.example/", "https://127.1/"],
  ["https://a.example/", "https://0x7f.0.0.1/"],
  ["https://a.example/", "https://0.0.0.0/"],
  ["https://a.example/", "https://[::1]/"],
  ["https://a.example/", "https://[::]/"],
  ["https://a.example/", "https://[::ffff:127.0.0.1]/"],
  ["https://a.example/", "https://169.254.169.254/latest/meta-data/"],
  ["https://a.example/", "https://[fe80::1]/"],
  ["https://a.example/", "https://[::ffff:169.254.169.254]/"],
  ["https://a.example/", "https://[fd00:ec2::254]/"],
  ["https://169.254.1.2/", "https://169.254.169.254/"],
  ["https://127.0.0.1/", "https://169.254.169.254/"],
  ["https://a.example/", "https://user@a.example/"],
  ["https://a.example/", "ftp://a.example/"],
])("refuses to go from %s to %s", (from, to) => {
  expect(judge(from, to)).toBeTypeOf("string");
});

it.each([
  ["https://a.example/", "https://b.example:8443/x"],
  ["http://a.example/", "https://a.example/"],
  ["http://a.example/", "http://b.example/"],
  ["https://10.0.0.1/", "https://10.0.0.2/"],
  ["http://127.0.0.1:5000/", "http://127.0.0.1:6000/"],
  ["http://localhost:5000/", "http://127.0.0.1:6000/"],
  ["https://169.254.1.2/", "https://169.254.1.2:8443/"],
  ["https://0.0.0.0:5000/", "https://0.0.0.0:5000/x"],
  ["https://a.example/", "https://127.0.0.1.b.example/"],
])("goes from %s to %s", (from, to) => {
  expect(judge(from, to)).toBeUndefined();
});

it("lets nobody from elsewhere reach this computer, however its address is written", () => {
  const part = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(part, part, part, fc.constantFrom(0, 127), (b, c, d, a) => {
      const number = ((a * 256 + b) * 256 + c) * 256 + d;
      for (const host of [
        `${a}.${b}.${c}.${d}`,
        `${number}`,
        `0x${number.toString(16)}`,
        `[::ffff:${a}.${b}.${c}.${d}]`,
      ])
        expect(judge("https://a.example/", `https://${host}/`)).toBeTypeOf("string");
    }),
  );
});
