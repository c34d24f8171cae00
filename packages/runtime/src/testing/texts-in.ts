import { inspect } from "node:util";

/** Every text that can be got out of a value, however deep: printed, as JSON, hidden properties, causes, and bytes read as text. */
export function textsIn(value: unknown): readonly string[] {
  const texts = [inspect(value, { depth: 50, showHidden: true, getters: true, maxStringLength: null })];
  const seen = new Set<unknown>();
  const queue: unknown[] = [value];
  for (const one of queue) {
    if (typeof one === "string") texts.push(one);
    if (((typeof one !== "object" || one === null) && typeof one !== "function") || seen.has(one)) continue;
    seen.add(one);
    texts.push(
      quietly(() => String(one)),
      quietly(() => JSON.stringify(one) ?? ""),
    );
    if (ArrayBuffer.isView(one)) {
      texts.push(Buffer.from(one.buffer, one.byteOffset, one.byteLength).toString("latin1"));
      continue;
    }
    if (one instanceof Map || one instanceof Set) queue.push(...[...one].flat());
    for (const key of Reflect.ownKeys(one)) {
      texts.push(String(key));
      queue.push(quietly<unknown>(() => Reflect.get(one, key)));
    }
  }
  return texts;
}

function quietly<T>(read: () => T): T | string {
  try {
    return read();
  } catch {
    return "";
  }
}
