import { pathText } from "../definition/problems.ts";
import { BayplanError } from "../errors.ts";
import { canonicalJson, type JsonValue } from "../oci/canonical-json.ts";
import type { ReleaseState } from "./release-state.ts";
import { StateDocument } from "./schema.ts";

const maxCharacters = 200_000_000;
const maxDepth = 20;

/**
 * The text of a state, for a file: one text per state, whatever the order in which answers came. It holds what registries
 * and sources said, and no secret.
 *
 * @throws BayplanError `INVALID_INPUT` for a state with text that JSON cannot carry.
 */
export function formatReleaseState(state: ReleaseState): string {
  try {
    return canonicalJson(state as unknown as JsonValue);
  } catch (cause) {
    throw new BayplanError("INVALID_INPUT", "The state holds text that JSON cannot carry. Observe it again.", {
      cause,
    });
  }
}

/**
 * Reads a state from its JSON text, to plan from a file. It is checked as a stranger's: every key, reference, digest and
 * time. A state only says what was observed; how old it may be is for the caller to decide, by `observedAt`.
 *
 * @throws BayplanError `INVALID_INPUT` with every problem in `problems` (at most 100) for text that is no state, or has a
 * newer format.
 */
export function parseReleaseState(json: string): ReleaseState {
  if (json.length > maxCharacters) throw invalid(`it has more than ${maxCharacters} characters`);
  // Before anything walks down into it.
  if (isTooDeep(json)) throw invalid(`it is nested more than ${maxDepth} levels deep`);
  let data: unknown;
  try {
    data = JSON.parse(json);
  } catch {
    // The parser's message would quote the text.
    throw invalid("it is not JSON");
  }
  if (hasPrototypeKey(data)) throw invalid('it has a key "__proto__"');
  const isObject = typeof data === "object" && data !== null;
  const version = isObject ? (data as { readonly formatVersion?: unknown }).formatVersion : undefined;
  if (typeof version === "number" && version > 1)
    throw invalid(`it has format ${version}, this version of Bayplan reads format 1. Update Bayplan`);
  const parsed = StateDocument.safeParse(data);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 100).map((issue) => {
    const unknown = issue.code === "unrecognized_keys" ? `no key ${issue.keys.slice(0, 5).join(", ")}` : issue.message;
    return { path: pathText(issue.path).slice(0, 500), found: "something else", expected: unknown.slice(0, 500) };
  });
  const lines = problems.slice(0, 20).map(({ path, expected }) => `\n  ${path || "the state"}: ${expected}`);
  throw invalid(`its shape is wrong:${lines.join("")}`, problems);
}

/** The schema would pass over it. At most {@link maxDepth} levels are left to walk. */
function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.hasOwn(value, "__proto__") || Object.values(value).some(hasPrototypeKey);
}

/** By the brackets outside of texts. */
function isTooDeep(json: string): boolean {
  let depth = 0;
  let isText = false;
  for (let place = 0; place < json.length; place += 1) {
    const code = json.charCodeAt(place);
    if (isText) {
      if (code === 0x5c) place += 1;
      else if (code === 0x22) isText = false;
    } else if (code === 0x22) isText = true;
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return false;
}

function invalid(why: string, problems: BayplanError["problems"] = []): BayplanError {
  return new BayplanError("INVALID_INPUT", `This is not a state that can be planned from: ${why}.`, { problems });
}
