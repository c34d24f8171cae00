import fc from "fast-check";
import { expect, it } from "vitest";
import { createWaitingLine } from "./host-gate-line.ts";

it("is a queue that anybody may leave at any time", () => {
  const step = fc.oneof(
    fc.constant({ kind: "join" as const }),
    fc.constant({ kind: "next" as const }),
    fc.record({ kind: fc.constant("leave" as const), which: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const line = createWaitingLine<number>();
      const leave: (() => void)[] = [];
      let model: number[] = [];
      for (const one of steps) {
        if (one.kind === "join") model.push(leave.push(line.join(leave.length)) - 1);
        else if (one.kind === "next") expect(line.next()).toBe(model.shift());
        else if (leave.length > 0) {
          const who = one.which % leave.length;
          leave[who]?.();
          model = model.filter((other) => other !== who);
        }
        expect([...line]).toEqual(model);
        expect(line.length).toBe(model.length);
      }
    }),
  );
});

it("shows everybody once, also those before whom somebody leaves meanwhile", () => {
  const line = createWaitingLine<string>();
  const leave = ["a", "b", "c", "d"].map((name) => line.join(name));
  const seen: string[] = [];
  for (const name of line) {
    seen.push(name);
    if (name === "b") for (const index of [0, 1, 2]) leave[index]?.();
  }
  expect(seen).toEqual(["a", "b", "d"]);
  expect([...line]).toEqual(["d"]);
});
