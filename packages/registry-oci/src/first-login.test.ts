import { expect, it } from "vitest";
import { deferred } from "./deferred.ts";
import { createFirstLogin } from "./first-login.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Logins that end when they are told to. */
function createLogins() {
  const firstLogin = createFirstLogin();
  const begun: { readonly end: (code: number) => void }[] = [];
  const login = (authorization: string | undefined, signal?: AbortSignal): Promise<number> =>
    firstLogin(
      authorization,
      async () => {
        const { promise, resolve } = deferred<number>();
        begun.push({ end: resolve });
        const code = await promise;
        if (code >= 400) throw new RangeError(String(code));
        return code;
      },
      signal === undefined ? {} : { signal },
    );
  return { login, begun };
}

it.each([200, 401])(
  "sends credentials once, and then by all who wait, when the first login ends with %i",
  async (code) => {
    const { login, begun } = createLogins();
    const all = Promise.allSettled([1, 2, 3, 4].map(() => login("Basic a")));
    await turn();
    expect(begun).toHaveLength(1);
    begun[0]?.end(code);
    await turn();
    expect(begun).toHaveLength(4);
    for (const { end } of begun) end(200);
    expect((await all).map(({ status }) => status)).toEqual([
      code === 200 ? "fulfilled" : "rejected",
      ...Array(3).fill("fulfilled"),
    ]);
    const later = [login("Basic a"), login("Basic a")];
    await turn();
    expect(begun).toHaveLength(6);
    for (const { end } of begun) end(200);
    await Promise.all(later);
  },
);

it("makes nobody wait for other credentials, or without any", async () => {
  const { login, begun } = createLogins();
  const all = [login("Basic a"), login("Basic b"), login(undefined), login(undefined)];
  await turn();
  expect(begun).toHaveLength(4);
  for (const { end } of begun) end(200);
  await Promise.all(all);
});

it("lets the next one go first when the first is cancelled, and cancels who waits", async () => {
  const { login, begun } = createLogins();
  const [first, second] = [new AbortController(), new AbortController()];
  const all = Promise.allSettled([
    login("Basic a", first.signal),
    login("Basic a", second.signal),
    login("Basic a"),
    login("Basic a"),
  ]);
  await turn();
  second.abort();
  first.abort();
  begun[0]?.end(499);
  await turn();
  expect(begun).toHaveLength(2);
  begun[1]?.end(200);
  await turn();
  expect(begun).toHaveLength(3);
  begun[2]?.end(200);
  expect((await all).map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled", "fulfilled"]);
});
