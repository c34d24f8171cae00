import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { describe, expect, it } from "vitest";

const page = readFileSync(fileURLToPath(new URL("../../../docs/build-workflow.md", import.meta.url)), "utf8");
const workflows = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);

/** Every complaint of GitHub's own linter. */
async function complaintsOf(content: string): Promise<readonly string[]> {
  const { context, value } = parseWorkflow({ name: "build.yml", content }, new NoOperationTraceWriter());
  if (value !== undefined) await convertWorkflowTemplate(context, value, undefined, { errorPolicy: 1 });
  return context.errors.getErrors().map(({ message }) => message);
}

describe("the workflows of the page", () => {
  it("are three, and the linter finds what is wrong", async () => {
    expect(workflows).toHaveLength(3);
    expect(await complaintsOf("on: push\njobs:\n  a:\n    runs-on: x\n    step: []\n")).not.toEqual([]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub, not of this language.
    expect(await complaintsOf("on: push\nrun-name: ${{ nope.x }}\njobs: {}\n")).not.toEqual([]);
  });

  it.each(workflows.map((text) => [/^name: (.*)$/m.exec(text)?.[1] ?? "", text]))("%s is accepted", async (_, text) => {
    expect(await complaintsOf(text)).toEqual([]);
  });

  it.each(workflows)("put no expression into a script, and have permissions (%#)", (text) => {
    const scripts = [...text.matchAll(/^( *)(?:- )?run: (?:\|\n((?:\1 {2,}.*\n|\n)*)|(.*)\n)/gm)];
    expect(scripts.length).toBeGreaterThan(0);
    for (const [, , block = "", line = ""] of scripts) expect(block + line).not.toMatch(/\$\{\{/);
    expect(text).toMatch(/^permissions:$/m);
  });

  it("keep the contract: key in the name, group by what is written, no cancelling", () => {
    const [build = "", , relay = ""] = workflows;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub, not of this language.
    expect(/^run-name: .*$/m.exec(build)?.[0]).toContain("[${{ inputs.bayplan_key }}]");
    expect(/^run-name: .*$/m.exec(relay)?.[0]).toContain("github.event.client_payload.bayplan_key");
    expect(build).toMatch(/concurrency:\n {2}group: \$\{\{ inputs\.destination \}\}\n {2}queue: max\n/);
    expect(page.match(/```yaml[\s\S]*?cancel-in-progress: true[\s\S]*?```/)).toBeNull();
    for (const input of ["bayplan_key", "version", "base", "destination"]) {
      expect(build).toContain(`      ${input}: { required: true, type: string }`);
    }
  });
});
