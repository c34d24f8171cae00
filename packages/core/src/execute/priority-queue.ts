/** Items in the order of a comparison, the first one out at any time; equal ones in any order. */
export interface PriorityQueue<Item> {
  readonly size: number;
  push(item: Item): void;
  /** The first item, without taking it. */
  peek(): Item | undefined;
  /** Takes the first item. */
  pop(): Item | undefined;
}

/** An empty queue. `isBefore` must be a strict order. */
export function createPriorityQueue<Item>(isBefore: (left: Item, right: Item) => boolean): PriorityQueue<Item> {
  // A binary heap: with thousands of builds waiting, a sorted list would be moved in memory at every change.
  const heap: Item[] = [];
  const precedes = (left: number, right: number) => isBefore(heap[left] as Item, heap[right] as Item);
  const swap = (left: number, right: number) => {
    const moved = heap[left] as Item;
    heap[left] = heap[right] as Item;
    heap[right] = moved;
  };
  const rise = (from: number) => {
    for (let place = from; place > 0; ) {
      const parent = (place - 1) >> 1;
      if (!precedes(place, parent)) return;
      swap(place, parent);
      place = parent;
    }
  };
  const sink = () => {
    for (let place = 0; ; ) {
      let first = place;
      for (const child of [2 * place + 1, 2 * place + 2])
        if (child < heap.length && precedes(child, first)) first = child;
      if (first === place) return;
      swap(place, first);
      place = first;
    }
  };
  return {
    get size() {
      return heap.length;
    },
    push(item) {
      heap.push(item);
      rise(heap.length - 1);
    },
    peek: () => heap[0],
    pop() {
      const first = heap[0];
      const last = heap.pop();
      if (heap.length === 0 || last === undefined) return first;
      heap[0] = last;
      sink();
      return first;
    },
  };
}
