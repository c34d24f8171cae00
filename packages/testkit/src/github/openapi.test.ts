import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openTestGitHub } from "../testing/open-test-github.ts";

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

const folder = process.env["BAYPLAN_DATA"] ?? join(import.meta.dirname, "../../../../../shared/data");
const file = join(folder, "github-actions-openapi.json");
const isThere = existsSync(file);
if (!isThere) process.stderr.write(`skipped: GitHub's OpenAPI description is not at ${file}; set BAYPLAN_DATA\n`);
const schemas: Readonly<Record<string, Schema>> = isThere
  ? JSON.parse(readFileSync(file, "utf8")).components.schemas
  : {};

/** Every place where the value is not what the schema says, in words. */
function violations(value: unknown, schema: Schema, path: string): readonly string[] {
  if (schema.$ref !== undefined) return violations(value, schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {}, path);
  if (value === null) return schema.nullable === true ? [] : [`${path} is null`];
  const type = Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
  if (schema.type !== undefined && schema.type !== type) return [`${path} is ${type}, not ${schema.type}`];
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${path} may not be ${String(value)}`];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => violations(item, schema.items ?? {}, `${path}[${index}]`));
  }
  if (typeof value !== "object") return [];
  const members = value as Readonly<Record<string, unknown>>;
  const missing = (schema.required ?? [])
    .filter((name) => !(name in members))
    .map((name) => `${path}.${name} is missing`);
  const inside = Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
    name in members ? violations(members[name], member, `${path}.${name}`) : [],
  );
  return [...missing, ...inside];
}

describe.skipIf(!isThere)("answers in the shape of GitHub's OpenAPI description", () => {
  const check = (value: unknown, schema: string): void =>
    expect(violations(value, { $ref: schema }, schema)).toEqual([]);

  it("has the schemas, and finds what is wrong", () => {
    expect(schemas["workflow-run"]?.required?.length).toBeGreaterThan(20);
    expect(violations({ id: "x" }, { $ref: "workflow-run" }, "run")).toContain("run.id is string, not integer");
    expect(violations({}, { $ref: "job" }, "job")).toContain("job.run_id is missing");
  });

  it("for runs and jobs in every state, dispatches and errors", async () => {
    const github = openTestGitHub({ workflow: { startsAfterMs: 1000 } });
    const body = { ref: "main", inputs: { key: "k" }, return_run_details: true };
    check(await (await github.dispatch(body)).json(), "workflow-dispatch-response");
    const path = `/actions/runs/${github.runs[0]?.id}`;
    for (let state = 0; state < 2; state++) {
      check(await github.read(path), "workflow-run");
      const { workflow_runs } = await github.read<{ workflow_runs: readonly unknown[] }>("/actions/runs");
      for (const run of workflow_runs) check(run, "workflow-run");
      const { jobs } = await github.read<{ jobs: readonly unknown[] }>(`${path}/jobs`);
      expect(jobs).toHaveLength(1);
      for (const job of jobs) check(job, "job");
      await github.settled();
    }
    check(await (await github.send("POST", `${path}/cancel`)).json(), "basic-error");
    check(await (await github.dispatch({})).json(), "validation-error");
  });
});
