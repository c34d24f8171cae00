import { BayplanError, type ReceivedFrom } from "@bayplan/core";
import type { GitHubEvent } from "./github-event.ts";

/** A value that a run may be told. */
export interface ExpectedValue {
  /** Taken when nothing was said. Without it the value must be given. */
  readonly default?: string;
  /** The whole value must match it. Default: one line without control characters. */
  readonly pattern?: RegExp;
}

/** A value and where it came from. */
export interface ReceivedValue {
  readonly value: string;
  readonly from: ReceivedFrom;
}

const maxLength = 65_535;
const oneLine = /^[^\p{Cc}\u2028\u2029]*$/u;

/**
 * The values a run was told: from the payload of a `repository_dispatch`, else from the inputs of a manual run, else
 * the default. Empty texts count as not given, which is how workflows pass them on; numbers, `true` and `false` become
 * texts. (A ref and its commit belong together: core's `receiveRef` reads those.)
 *
 * @param options.under - The property of the payload that holds the values. Default: the payload itself.
 * @throws BayplanError `INVALID_INPUT` listing every value that is missing or not as expected, none of them quoted.
 */
export function receiveValues<Name extends string>(
  event: GitHubEvent,
  expected: Readonly<Record<Name, ExpectedValue>>,
  options: { readonly under?: string } = {},
): Readonly<Record<Name, ReceivedValue>> {
  const payload = event.name === "repository_dispatch" ? nested(event.payload, options.under) : {};
  const inputs: Readonly<Record<string, unknown>> = event.name === "workflow_dispatch" ? event.inputs : {};
  const problems: { path: string; found: string; expected: string }[] = [];
  const received: [string, ReceivedValue][] = [];
  for (const [name, rule] of Object.entries<ExpectedValue>(expected)) {
    const found = first(name, payload, inputs) ?? fallback(rule);
    if (found === undefined) problems.push({ path: name, found: "nothing", expected: "a value" });
    else if (found === "wrong") problems.push({ path: name, found: "a list or an object", expected: "a text" });
    else if (found.value.length > maxLength || !matches(found.value, rule)) {
      problems.push({
        path: name,
        found: `${found.value.length} characters`,
        expected: String(rule.pattern ?? "one line"),
      });
    } else received.push([name, found]);
  }
  if (problems.length > 0) {
    const list = problems.map(({ path, expected: wanted }) => `${path} must be ${wanted}`).join("; ");
    throw new BayplanError("INVALID_INPUT", `The run was told what it cannot use: ${list}.`, { problems });
  }
  return Object.fromEntries(received) as Record<Name, ReceivedValue>;
}

function nested(
  payload: Readonly<Record<string, unknown>>,
  under: string | undefined,
): Readonly<Record<string, unknown>> {
  const inner = under === undefined ? payload : Object.hasOwn(payload, under) ? payload[under] : undefined;
  return typeof inner === "object" && inner !== null ? (inner as Readonly<Record<string, unknown>>) : {};
}

function first(
  name: string,
  payload: Readonly<Record<string, unknown>>,
  inputs: Readonly<Record<string, unknown>>,
): ReceivedValue | "wrong" | undefined {
  for (const [from, values] of [
    ["payload", payload],
    ["input", inputs],
  ] as const) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined || value === null || value === "") continue;
    if (typeof value === "object") return "wrong";
    return { value: String(value), from };
  }
  return undefined;
}

function fallback(rule: ExpectedValue): ReceivedValue | undefined {
  return rule.default === undefined ? undefined : { value: rule.default, from: "default" };
}

function matches(value: string, { pattern }: ExpectedValue): boolean {
  if (pattern === undefined) return oneLine.test(value);
  // Whole and without memory, whatever flags the caller's has.
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gym]/g, "")).test(value);
}
