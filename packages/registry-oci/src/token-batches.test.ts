import { createVirtualClock } from "@bayplan/testkit";
import { expect, it } from "vitest";
import { createTokenBatches } from "./token-batches.ts";

const challenge = { realm: new URL("https://auth.example/token"), service: "registry.example" };

function createBatches() {
  const clock = createVirtualClock();
  const batches = createTokenBatches(clock);
  const begin = (repository: string, along: readonly string[], tokens: readonly string[] = []) =>
    batches.begin({ challenge, repository, along: () => along }, (seat) => tokens.includes(seat.repository));
  const namesOf = (batch: ReturnType<typeof begin>) =>
    batch && [batch.leader, ...batch.others].map(({ repository }) => repository);
  return { clock, batches, begin, namesOf };
}

it("takes along who has no token, is not asked for already, and is not the leader", () => {
  const { batches, begin, namesOf } = createBatches();
  const first = begin("a", ["a", "b", "c", "d"], ["c"]);
  expect(namesOf(first)).toEqual(["a", "b", "d"]);
  expect(first && batches.underWay(first.leader.key)).toBe(first);
  expect(namesOf(begin("e", ["b", "d", "f"]))).toEqual(["e", "f"]);
  expect(begin("g", ["b", "d", "f"])).toBeUndefined();
  if (first !== undefined) batches.end(first);
  const later = begin("g", ["b", "d", "f"]);
  expect(namesOf(later)).toEqual(["g", "b", "d"]);
  // Work that was abandoned may come to its end when the next batch is already under way.
  if (first !== undefined) batches.end(first);
  expect(first?.others.map(({ key }) => batches.underWay(key))).toEqual([later, later]);
});

it("leaves a repository alone for an hour, or as long as it is told", async () => {
  const { clock, batches, begin, namesOf } = createBatches();
  const first = begin("a", ["b", "c"]);
  if (first === undefined) throw new Error("no batch");
  batches.leaveAlone(first.leader.key);
  expect(batches.underWay(first.leader.key)).toBeUndefined();
  batches.end(first);
  expect(begin("a", ["b", "c"])).toBeUndefined();
  const [b] = first.others;
  batches.leaveAlone(b?.key ?? "", 60_000);
  expect(namesOf(begin("x", ["a", "b", "c"]))).toEqual(["x", "c"]);
  await clock.advance(60_000);
  expect(namesOf(begin("y", ["a", "b"]))).toEqual(["y", "b"]);
  await clock.advance(3_540_000);
  expect(namesOf(begin("z", ["a"]))).toEqual(["z", "a"]);
});

it("begins none any more when it was given up", () => {
  const { batches, begin } = createBatches();
  batches.giveUp();
  expect(begin("a", ["b", "c"])).toBeUndefined();
});
