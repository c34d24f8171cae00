import { bakeProblem } from "./bake-problem.ts";
import { type BakeTargetFields, formatOutput, type ListField, type MapField, type TextField } from "./bake-target.ts";
import type { BakeConfig } from "./expand-matrix.ts";
import { matchTargets } from "./match-names.ts";

/** What `--set` says of one field of one target. */
interface Override {
  readonly key: string;
  readonly name: string | undefined;
  readonly values: readonly string[];
  readonly appends: boolean;
}

/** Overrides by target. */
export type BakeOverrides = ReadonlyMap<string, readonly Override[]>;

const listKeys: Readonly<Record<string, ListField>> = {
  annotations: "annotations",
  entitlements: "entitlements",
  "no-cache-filter": "no-cache-filter",
  output: "output",
  platform: "platforms",
  tags: "tags",
  ulimits: "ulimits",
};
const mapKeys: readonly string[] = ["args", "contexts", "labels", "extra-hosts"] satisfies MapField[];
const textKeys: readonly string[] = [
  "context",
  "dockerfile",
  "target",
  "network",
  "shm-size",
  "call",
  "pull",
  "no-cache",
] satisfies TextField[];
const alwaysAppended = new Set(["annotations", "entitlements"]);

/** Reads overrides as `docker buildx bake --set` takes them: `target.key=value`, `target.key.name=value`, `key+=` to add. */
export function readOverrides(texts: readonly string[], config: BakeConfig): BakeOverrides {
  const all = new Map<string, Map<string, Override>>();
  for (const text of texts) {
    const [, pattern = "", key = "", , name, plus, value] =
      /^([^.=]+)\.([^.=+]+)(\.([^=]+?))?(\+?)=(.*)$/s.exec(text) ?? [];
    if (pattern === "") throw bakeProblem("", `the override ${text}`, "target.key=value");
    if (mapKeys.includes(key) !== (name !== undefined)) {
      throw bakeProblem("", `the override ${text}`, name === undefined ? `${key}.NAME=value` : `${key}=value`);
    }
    if (![...Object.keys(listKeys), ...mapKeys, ...textKeys, "push", "load"].includes(key)) {
      throw bakeProblem(
        "",
        `an override of ${key}`,
        [...Object.keys(listKeys), ...mapKeys, ...textKeys, "push", "load"].join(", "),
      );
    }
    for (const target of matchTargets(pattern, config)) {
      const own = all.get(target) ?? new Map<string, Override>();
      all.set(target, own);
      const id = `${key}.${name ?? ""}`;
      const before = Object.hasOwn(listKeys, key) ? (own.get(id)?.values ?? []) : [];
      own.set(id, { key, name, values: [...before, value ?? ""], appends: plus === "+" });
    }
  }
  return new Map([...all].map(([target, own]) => [target, [...own.values()]]));
}

/** A target with its overrides, which win over everything that is said of it. */
export function applyOverrides(fields: BakeTargetFields, overrides: readonly Override[] = []): BakeTargetFields {
  let target = fields;
  for (const override of overrides) target = applyOverride(target, override);
  return target;
}

function applyOverride(target: BakeTargetFields, { key, name, values, appends }: Override): BakeTargetFields {
  const value = values.at(-1) ?? "";
  const list = Object.hasOwn(listKeys, key) ? listKeys[key] : undefined;
  if (list !== undefined) {
    const said = values.filter((item) => item !== "");
    const added = list === "output" ? said.map(formatOutput) : said;
    const before = appends || alwaysAppended.has(key) ? (target.lists[list] ?? []) : [];
    return { ...target, lists: { ...target.lists, [list]: [...before, ...added] } };
  }
  if (name !== undefined) {
    const map = key as MapField;
    return { ...target, maps: { ...target.maps, [map]: { ...target.maps[map], [name]: value } } };
  }
  const outputs = target.lists.output ?? [];
  if (key === "push") return { ...target, lists: { ...target.lists, output: pushed(outputs, flag(key, value)) } };
  if (key === "load") return { ...target, lists: { ...target.lists, output: loaded(outputs, flag(key, value)) } };
  return { ...target, texts: { ...target.texts, [key]: value } };
}

function flag(key: string, value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw bakeProblem("", `the override ${key}=${value}`, "true or false");
}

const typeOf = (output: string) => /(?:^|,)type=([^,]*)/.exec(output)?.[1];

function pushed(outputs: readonly string[], push: boolean): readonly string[] {
  const set = outputs.map((output) => (typeOf(output) === "image" ? withPush(output, push) : output));
  if (!push) return set.filter((output) => typeOf(output) !== "registry");
  return set.every((output) => typeOf(output) === "docker") ? [...set, "type=image,push=true"] : set;
}

function withPush(output: string, push: boolean): string {
  const rest = output.split(",").filter((field) => !field.startsWith("push="));
  return formatOutput([...rest, `push=${push}`].join(","));
}

function loaded(outputs: readonly string[], load: boolean): readonly string[] {
  const isLoaded = outputs.some((output) => output === "type=docker");
  const isElsewhere = outputs.some((output) => !["docker", "image", "registry", "oci"].includes(typeOf(output) ?? ""));
  return !load || isLoaded || isElsewhere ? outputs : [...outputs, "type=docker"];
}
