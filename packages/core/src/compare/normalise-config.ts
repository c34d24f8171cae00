import type { JsonValue } from "../oci/canonical-json.ts";

type JsonObject = { readonly [key: string]: JsonValue };

/** What builders write about a build rather than about the image. */
const buildFields = new Set([
  ...["created", "container", "container_config", "docker_version", "id", "parent"],
  ...["moby.buildkit.cache.v0", "moby.buildkit.buildinfo.v1"],
]);

/**
 * A config as far as it says how the image runs and what is in it: without times and builders' notes, and with what
 * builders write in several ways (`null`, an empty text or list, or nothing) written as nothing.
 */
export function normaliseConfig(document: JsonObject): JsonObject {
  const kept = Object.entries(document).flatMap(([key, value]): [string, JsonValue][] => {
    if (buildFields.has(key) || isNothing(value)) return [];
    if (key === "config" && isObject(value)) {
      const settings = withoutNothing(value);
      return Object.keys(settings).length === 0 ? [] : [[key, settings]];
    }
    if (key === "history" && Array.isArray(value)) return [[key, value.map(withoutTime)]];
    return [[key, value]];
  });
  return Object.fromEntries(kept);
}

function withoutTime(entry: JsonValue): JsonValue {
  if (!isObject(entry)) return entry;
  const { created: _, ...rest } = entry;
  return withoutNothing(rest);
}

function withoutNothing(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => !isNothing(member)));
}

/** The zero values of Go, which one builder leaves out and another writes. Members of members keep theirs: `{}` is a port's value. */
function isNothing(value: JsonValue): boolean {
  if (value === null || value === "" || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
