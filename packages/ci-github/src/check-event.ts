import { BayplanError, type Problem } from "@bayplan/core";
import { type CheckedDispatch, runProblems } from "./check-dispatch.ts";
import { gitRepositoryForm, isGitRepository } from "./git-repository.ts";
import { formatRunKey } from "./run-key.ts";

/** What may stand in a payload. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** Asks for one run through a `repository_dispatch`, for example in another Git repository. */
export interface EventRequest {
  /** `owner/name` of the Git repository that is told. Default: the adapter's own. */
  readonly gitRepository?: string;
  /** What the receiving workflow lists under `on.repository_dispatch.types`; 1 to 100 characters. */
  readonly eventType: string;
  /** At most 9 properties (the key is the tenth) and less than 64 KB as JSON: nest everything under one property. */
  readonly payload: Readonly<Record<string, JsonValue>>;
  /** File name of the workflow that reacts: the run is looked for among its runs. */
  readonly workflow: string;
  /** Sent along as `<key>.<attempt>`; the workflow's `run-name` must show it. */
  readonly key: string;
  /** 1 for the first run with this key. */
  readonly attempt: number;
}

/** A `repository_dispatch` that GitHub can take. */
export interface CheckedEvent extends CheckedDispatch {
  readonly event: "repository_dispatch";
  readonly eventType: string;
  payloadFor(attempt: number): Readonly<Record<string, JsonValue>>;
}

// https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event
const maxProperties = 10;
const maxBytes = 65_535;
const maxDepth = 32;

/** Checks everything that can be known before it is sent; `INVALID_INPUT` lists all that is wrong, values unquoted. */
export function checkEvent(
  request: EventRequest,
  options: { readonly gitRepository: string; readonly keyInput: string },
): CheckedEvent {
  const gitRepository = request.gitRepository ?? options.gitRepository;
  const { eventType, payload, workflow, key, attempt } = request;
  const problems: Problem[] = [...runProblems(request)];
  if (!isGitRepository(gitRepository)) {
    problems.push({ path: "gitRepository", found: gitRepository.slice(0, 100), expected: gitRepositoryForm });
  }
  if (typeof eventType !== "string" || eventType.trim() === "" || eventType.length > 100 || /\p{Cc}/u.test(eventType)) {
    problems.push({ path: "eventType", found: String(eventType).slice(0, 100), expected: "1 to 100 characters" });
  }
  problems.push(...payloadProblems(payload, options.keyInput));
  if (problems.length > 0) {
    const list = problems.map(({ path, expected }) => `${path} must be ${expected}`).join("; ");
    throw new BayplanError("INVALID_INPUT", `The repository_dispatch cannot be sent: ${list}.`, { problems });
  }
  const payloadFor = (number: number) => ({ ...payload, [options.keyInput]: formatRunKey(key, number) });
  return { event: "repository_dispatch", gitRepository, workflow, key, attempt, eventType, payloadFor };
}

function payloadProblems(payload: unknown, keyInput: string): readonly Problem[] {
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
    return [{ path: "payload", found: typeof payload, expected: "an object" }];
  }
  const problems: Problem[] = [];
  if (Object.hasOwn(payload, keyInput)) {
    problems.push({ path: `payload.${keyInput}`, found: "a reserved name", expected: "left out: it carries the key" });
  }
  const count = Object.keys({ ...payload, [keyInput]: "" }).length;
  if (count > maxProperties) {
    problems.push({
      path: "payload",
      found: `${count} properties`,
      expected: `at most ${maxProperties} properties with the key`,
    });
  }
  const strange = findStrange(payload, "payload", 0);
  if (strange !== undefined) return [...problems, strange];
  const bytes = new TextEncoder().encode(JSON.stringify({ ...payload, [keyInput]: "x".repeat(111) })).length;
  if (bytes > maxBytes)
    problems.push({ path: "payload", found: `${bytes} bytes`, expected: "less than 64 KB as JSON" });
  return problems;
}

/** The first value that JSON would drop, change or not end with. */
function findStrange(value: unknown, path: string, depth: number): Problem | undefined {
  if (depth > maxDepth) return { path, found: "more", expected: `nested at most ${maxDepth} deep` };
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number" && Number.isFinite(value)) return undefined;
  const isPlain = typeof value === "object" && (Array.isArray(value) || isPlainObject(value));
  if (!isPlain) return { path, found: typeof value, expected: "JSON: text, number, true, false, null, list or object" };
  for (const [name, member] of Object.entries(value)) {
    const problem = findStrange(member, `${path}.${name.slice(0, 40)}`.slice(0, 200), depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
