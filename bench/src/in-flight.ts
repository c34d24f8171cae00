/** Does the work for every item, in their order, always this many at once. Rejects with the first failure. */
export async function inFlight<Item>(
  items: Iterable<Item>,
  count: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: count }, worker));
}
