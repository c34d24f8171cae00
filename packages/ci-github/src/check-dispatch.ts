import { BayplanError, type DispatchRequest, type Problem } from "@bayplan/core";
import { gitRepositoryForm, isGitRepository } from "./git-repository.ts";
import type { DispatchEventName } from "./list-runs.ts";
import { formatRunKey, isRunKey } from "./run-key.ts";

/** What finding, adopting and settling a run needs to know of a dispatch that was checked. */
export interface CheckedDispatch {
  readonly gitRepository: string;
  readonly workflow: string;
  readonly key: string;
  readonly attempt: number;
  readonly event: DispatchEventName;
}

/** A `workflow_dispatch` that GitHub can take: the default repository filled in, the key among the inputs. */
export interface CheckedWorkflowDispatch extends CheckedDispatch {
  readonly event: "workflow_dispatch";
  readonly ref: string;
  /** What is sent for a given attempt. */
  inputsFor(attempt: number): Readonly<Record<string, string>>;
}

/** What {@link checkDispatch} needs to know beside the request. */
interface CheckDispatchOptions {
  /** Used when the request names none. */
  readonly gitRepository: string;
  readonly keyInput: string;
}

// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs
const maxInputs = 25;
const maxCharacters = 65_535;
const longestAttempt = 999_999_999;
const workflowPattern = /^[^/\\\p{Cc}]+\.ya?ml$/u;
const refPattern = /^[^\s\p{Cc}~^:?*[\\]{1,255}$/u;
const inputNamePattern = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/**
 * Checks everything about a dispatch that can be known before it is sent.
 * Throws `INVALID_INPUT` whose `problems` lists all that is wrong; values of inputs are never quoted.
 */
export function checkDispatch(request: DispatchRequest, options: CheckDispatchOptions): CheckedWorkflowDispatch {
  const gitRepository = request.gitRepository ?? options.gitRepository;
  const { workflow, ref, key, attempt, inputs } = request;
  const problems: Problem[] = [];
  const expect = (isGood: boolean, path: string, found: string, expected: string): void => {
    if (!isGood) problems.push({ path, found: found.slice(0, 100), expected });
  };
  expect(isGitRepository(gitRepository), "gitRepository", gitRepository, gitRepositoryForm);
  problems.push(...runProblems(request));
  expect(refPattern.test(ref), "ref", ref, "a branch or tag");
  problems.push(...inputProblems(inputs, options.keyInput));
  if (problems.length > 0) {
    const list = problems.map(({ path, expected }) => `${path} must be ${expected}`).join("; ");
    throw new BayplanError("INVALID_INPUT", `The dispatch cannot be sent: ${list}.`, { problems });
  }
  return {
    event: "workflow_dispatch",
    gitRepository,
    workflow,
    ref,
    key,
    attempt,
    inputsFor: (number) => ({ ...inputs, [options.keyInput]: formatRunKey(key, number) }),
  };
}

/** What is wrong with the parts that every dispatch has. */
export function runProblems(request: Pick<DispatchRequest, "workflow" | "key" | "attempt">): readonly Problem[] {
  const { workflow, key, attempt } = request;
  const isAttempt = Number.isSafeInteger(attempt) && attempt >= 1 && attempt <= longestAttempt;
  const rules: readonly (readonly [boolean, Problem])[] = [
    [workflowPattern.test(workflow), problem("workflow", workflow, "the file name of a workflow, as in build.yml")],
    [isRunKey(key), problem("key", key, "1 to 100 of A-Z a-z 0-9 . _ -, with a letter or digit at both ends")],
    [isAttempt, problem("attempt", String(attempt), "a whole number from 1")],
  ];
  return rules.flatMap(([isGood, what]) => (isGood ? [] : [what]));
}

function problem(path: string, found: string, expected: string): Problem {
  return { path, found: found.slice(0, 100), expected };
}

function inputProblems(inputs: Readonly<Record<string, unknown>>, keyInput: string): Problem[] {
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(inputs)) {
    const path = `inputs.${name.slice(0, 100)}`;
    if (!inputNamePattern.test(name)) problems.push({ path, found: "its name", expected: "named by A-Z a-z 0-9 _ -" });
    if (name === keyInput) problems.push({ path, found: "a reserved name", expected: "left out: it carries the key" });
    if (typeof value !== "string") problems.push({ path, found: typeof value, expected: "a string" });
  }
  const count = Object.keys({ ...inputs, [keyInput]: "" }).length;
  if (count > maxInputs) {
    problems.push({ path: "inputs", found: `${count} inputs`, expected: `at most ${maxInputs} with the key` });
  }
  // What GitHub counts exactly is not documented; names, values and JSON's own marks together are the careful reading.
  const characters = JSON.stringify({ ...inputs, [keyInput]: "x".repeat(111) }).length;
  if (characters > maxCharacters) {
    const expected = `at most ${maxCharacters} characters in all`;
    problems.push({ path: "inputs", found: `${characters} characters`, expected });
  }
  return problems;
}
