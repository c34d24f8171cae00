import { expect, it } from "vitest";
import { createCrowd } from "./crowd.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

function createWatchedCrowd(requests: Readonly<Record<string, number>>) {
  const events: string[] = [];
  const crowd = createCrowd({
    requests: new Map(Object.entries(requests)),
    onWait: () => void events.push("wait"),
    onGoOn: () => void events.push("go on"),
  });
  const wait = (repository: string, signal?: AbortSignal): void => {
    crowd.wait(repository, signal === undefined ? {} : { signal }).then(
      () => events.push(`${repository} may look`),
      () => events.push(`${repository} was cancelled`),
    );
  };
  return { crowd, events, wait };
}

it("makes requests wait while another one of the repository may still show something", async () => {
  const { crowd, events, wait } = createWatchedCrowd({ a: 4, b: 2 });
  wait("a");
  wait("a");
  wait("b");
  await turn();
  expect(events).toEqual(["wait", "wait", "wait"]);
  crowd.shown("a");
  await turn();
  expect(events.slice(3)).toEqual(["go on", "go on", "a may look", "a may look"]);
});

it.each<[string, (one: ReturnType<typeof createWatchedCrowd>) => void]>([
  ["all wait", ({ wait }) => wait("a")],
  ["the others have their answers", ({ crowd }) => crowd.answered("a")],
  ["one took a token of its own", ({ crowd }) => crowd.leftAlone("a")],
])("lets them go on when %s", async (_, end) => {
  const one = createWatchedCrowd({ a: 2 });
  one.wait("a");
  await turn();
  expect(one.events).toEqual(["wait"]);
  end(one);
  await turn();
  expect(one.events).toContain("a may look");
});

it("lets one go that is cancelled, and never holds up strangers", async () => {
  const { events, wait } = createWatchedCrowd({ a: 2 });
  const controller = new AbortController();
  wait("a", controller.signal);
  wait("elsewhere");
  await turn();
  expect(events).toEqual(["wait", "elsewhere may look"]);
  controller.abort();
  await turn();
  expect(events.slice(2)).toEqual(["go on", "a was cancelled"]);
});

it("names the others that are not through, until ten more took their own token than were shown", () => {
  const names = Array.from({ length: 12 }, (_, index) => `r${index}`);
  const { crowd } = createWatchedCrowd(Object.fromEntries(names.map((name) => [name, 1])));
  expect(crowd.others("r1")).toEqual(names.filter((name) => name !== "r1"));
  crowd.answered("r0");
  crowd.shown("r0");
  expect(crowd.others("r1")).toEqual(names.slice(2));
  for (const name of names.slice(1, 11)) {
    // Often, as its requests come back one by one; it counts once.
    crowd.leftAlone(name);
    crowd.leftAlone(name);
  }
  expect(crowd.others("r1")).not.toEqual([]);
  crowd.leftAlone("r11");
  expect(crowd.others("r1")).toEqual([]);
});
