import { inspect } from "node:util";

/**
 * Every text that can be got out of a value, however deep: what it prints, what a debugger shows of it, hidden and
 * inherited properties, causes, collections, and bytes read as text.
 */
export function textsIn(value: unknown): readonly string[] {
  const texts: string[] = [inspect(value, { depth: 50, showHidden: true, getters: true, maxStringLength: null })];
  const seen = new Set<unknown>();
  const queue: unknown[] = [value];
  while (queue.length > 0) {
    const one = queue.shift();
    if (typeof one === "string") texts.push(one);
    if (((typeof one !== "object" || one === null) && typeof one !== "function") || seen.has(one)) continue;
    seen.add(one);
    texts.push(String(tryTo(() => String(one))), String(tryTo(() => JSON.stringify(one))));
    if (ArrayBuffer.isView(one)) {
      texts.push(Buffer.from(one.buffer, one.byteOffset, one.byteLength).toString("latin1"));
      continue;
    }
    if (one instanceof Map) queue.push(...one.keys(), ...one.values());
    if (one instanceof Set) queue.push(...one);
    for (const key of Reflect.ownKeys(one)) {
      texts.push(String(key));
      queue.push(tryTo(() => Reflect.get(one, key)));
    }
  }
  return texts;
}

function tryTo(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error;
  }
}
