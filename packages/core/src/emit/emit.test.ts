// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of bake, not of a template
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBakeFile } from "../definition/bake/from-bake-file.ts";
import type { FamilyConfig, ImageConfig } from "../definition/family-config.ts";
import { createImageGraph } from "../graph/create-image-graph.ts";
import { digestOf } from "../oci/digest.ts";
import type { BuildStep, Plan } from "../plan/plan.ts";
import { codeOf } from "../testing/code-of.ts";
import { at, cpythonConfig, createWorld } from "../testing/cpython-world.ts";
import { planOf } from "../testing/plan-of.ts";
import { nodeSlugs } from "./node-slugs.ts";
import { toBakeFile } from "./to-bake-file.ts";
import { type GitHubMatrix, toGitHubMatrix } from "./to-github-matrix.ts";

/** A plan that builds these images, each on the images before it that are named. */
async function planWith(
  bases: Readonly<Record<string, readonly string[]>>,
  more: Partial<ImageConfig> = {},
): Promise<Plan> {
  const images = Object.entries(bases).map(([name, base]): [string, ImageConfig] => {
    return [name, { workflow: "build.yml", ...(base.length === 0 ? {} : { base: [...base] }), ...more }];
  });
  const config: FamilyConfig = {
    repository: "ghcr.io/o/{image}",
    version: { source: "python.org", scheme: "cpython-tag", line: "3.14" },
    images: Object.fromEntries(images),
    tags: ["{version}"],
  };
  return createWorld(config).plan();
}

/** The plan with its steps changed by hand; nothing here looks at its id. */
const withSteps = (plan: Plan, change: (step: BuildStep) => BuildStep): Plan => {
  return { ...plan, steps: plan.steps.map((step) => (step.kind === "build" ? change(step) : step)) };
};

/** Child and parent by node, as the plan says it: a build waits for the verification of what it is built on. */
function edgesOfPlan(plan: Plan): readonly string[] {
  const built = new Set(plan.steps.flatMap((step) => (step.kind === "build" ? [step.node] : [])));
  return plan.nodes
    .filter(({ id }) => built.has(id))
    .flatMap(({ id, bases }) => bases.filter((base) => built.has(base)).map((base) => `${id} <- ${base}`))
    .sort();
}

function edgesOfMatrix({ outputs }: GitHubMatrix): readonly string[] {
  const rows = Object.entries(outputs)
    .filter(([name]) => !name.endsWith("-count"))
    .flatMap(([, json]) => (JSON.parse(json) as GitHubMatrix["jobs"][number]["matrix"]).include);
  const nodes = new Map(rows.map(({ id, node }) => [id, node]));
  return rows
    .flatMap(({ node, parents }) =>
      (JSON.parse(parents) as string[]).map((parent) => `${node} <- ${nodes.get(parent)}`),
    )
    .sort();
}

function edgesOfBake(plan: Plan): readonly string[] {
  const slugs = new Map(plan.nodes.map(({ id }) => [nodeSlugs(plan.nodes.map((node) => node.id)).get(id), id]));
  const { edges } = fromBakeFile(JSON.stringify(toBakeFile(plan)));
  return edges.map(([child, parent]) => `${slugs.get(child)} <- ${slugs.get(parent)}`).sort();
}

describe("every emitted document", () => {
  it("has the graph of the plan, whatever the family", async () => {
    const family = fc.array(fc.array(fc.nat({ max: 20 }), { maxLength: 3 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(family, async (lists) => {
        const bases = Object.fromEntries(
          lists.map((list, index) => [
            `i${index}`,
            [...new Set(list.filter((base) => base < index).map((base) => `i${base}`))],
          ]),
        );
        const plan = await planWith(bases);
        const matrix = toGitHubMatrix(plan);
        expect(edgesOfMatrix(matrix)).toEqual(edgesOfPlan(plan));
        expect(edgesOfBake(plan)).toEqual(edgesOfPlan(plan));
        const waves = createImageGraph({
          images: Object.entries(bases).map(([name, needs]) => ({
            name,
            bases: needs.map((image) => ({ kind: "image", image }) as const),
          })),
        }).waves;
        expect(matrix.jobs.map((job) => job.matrix.include.map(({ image }) => image))).toEqual(waves);
      }),
      { numRuns: 25 },
    );
  });

  it("does nothing for a plan that builds nothing", async () => {
    const plan = await planOf((world) => world.publish("cpython-tsan", "cpython-asan", "numpy-tsan", "numpy-asan"));
    expect(plan.steps).toEqual([]);
    const { jobs, outputs } = toGitHubMatrix(plan);
    expect(jobs).toEqual([{ name: "wave-0", wave: 0, needs: [], matrix: { include: [] } }]);
    expect(outputs).toEqual({ "wave-0": '{"include":[]}', "wave-0-count": "0" });
    expect(fromBakeFile(toBakeFile(plan)).targets).toEqual([]);
  });

  it("pins what is there already, and does not wait for it", async () => {
    const plan = await planOf((world) => world.publish("cpython-tsan", "cpython-asan"));
    const digest = createWorld(cpythonConfig).registry.push(at("cpython-tsan"), { seed: "cpython-tsan" });
    const rows = toGitHubMatrix(plan).jobs.flatMap(({ matrix }) => matrix.include);
    const row = rows.find(({ image }) => image === "numpy-tsan");
    expect(row).toMatchObject({
      parents: "[]",
      tag: "3.14.3t",
      repository: "ghcr.io/o/numpy-tsan",
      platforms: "linux/amd64",
    });
    expect(JSON.parse(row?.bases ?? "")).toEqual({ [at("cpython-tsan")]: `ghcr.io/o/cpython-tsan@${digest}` });
    const target = fromBakeFile(toBakeFile(plan)).targets.find(({ name }) => name === "numpy-tsan-3-14-3t");
    expect(target?.contexts).toEqual({ [at("cpython-tsan")]: `docker-image://ghcr.io/o/cpython-tsan@${digest}` });
  });

  it("pins external bases under the name a Dockerfile has for them", async () => {
    const world = createWorld({ ...cpythonConfig, images: { app: { workflow: "a.yml", base: "ghcr.io/other/base" } } });
    const digest = world.registry.push("ghcr.io/other/base:latest");
    const [target] = fromBakeFile(toBakeFile(await world.plan())).targets;
    expect(target?.contexts).toEqual({ "ghcr.io/other/base": `docker-image://ghcr.io/other/base@${digest}` });
  });

  it("refuses a base that the plan does not know", async () => {
    const plan = withSteps(await planWith({ a: [], b: ["a"] }), (step) => {
      return { ...step, bases: step.bases.map((base) => ({ ...base, target: { fromStep: "verify:gone" } })) };
    });
    expect(codeOf(() => toGitHubMatrix(plan))).toBe("INVALID_PLAN");
    expect(codeOf(() => toBakeFile(plan))).toBe("INVALID_PLAN");
  });
});

describe("a matrix for GitHub", () => {
  it("has at most 256 rows per job, and every job needs the whole wave before", async () => {
    const names = Array.from({ length: 300 }, (_, index) => `i${index}`);
    const plan = await planWith({ ...Object.fromEntries(names.map((name) => [name, []])), last: ["i0"] });
    const { jobs, outputs } = toGitHubMatrix(plan);
    expect(jobs.map(({ name, matrix }) => [name, matrix.include.length])).toEqual([
      ["wave-0", 256],
      ["wave-0-1", 44],
      ["wave-1", 1],
    ]);
    expect(jobs.at(-1)?.needs).toEqual(["wave-0", "wave-0-1"]);
    expect(outputs["wave-0-1-count"]).toBe("44");
  });

  it("has at most 1 MB per job, two bytes for every character", async () => {
    const plan = withSteps(await planWith({ a: [], b: [], c: [] }), (step) => {
      return { ...step, dispatch: { ...step.dispatch, inputs: { long: "x".repeat(200_000) } } };
    });
    const { jobs, outputs } = toGitHubMatrix(plan);
    expect(jobs.map(({ matrix }) => matrix.include.length)).toEqual([2, 1]);
    for (const { name } of jobs) expect((outputs[name]?.length ?? 0) * 2).toBeLessThanOrEqual(1024 * 1024);
  });

  it("does not cut a row in two", async () => {
    const plan = withSteps(await planWith({ a: [] }), (step) => {
      return { ...step, dispatch: { ...step.dispatch, inputs: { long: "x".repeat(600_000) } } };
    });
    expect(codeOf(() => toGitHubMatrix(plan))).toBe("UNSUPPORTED");
  });

  it("fits a workflow with fixed jobs, or says that it does not", async () => {
    const plan = await planWith({ a: [], b: ["a"] });
    const { jobs } = toGitHubMatrix(plan, { waves: 3, jobsPerWave: 2 });
    expect(jobs.map(({ name, needs, matrix }) => [name, needs.join(" "), matrix.include.length])).toEqual([
      ...[
        ["wave-0", "", 1],
        ["wave-0-1", "", 0],
      ],
      ...[
        ["wave-1", "wave-0 wave-0-1", 1],
        ["wave-1-1", "wave-0 wave-0-1", 0],
      ],
      ...[
        ["wave-2", "wave-1 wave-1-1", 0],
        ["wave-2-1", "wave-1 wave-1-1", 0],
      ],
    ]);
    expect(codeOf(() => toGitHubMatrix(plan, { waves: 1 }))).toBe("UNSUPPORTED");
    const wide = await planWith(Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`i${index}`, []])));
    expect(codeOf(() => toGitHubMatrix(wide, { jobsPerWave: 1 }))).toBe("UNSUPPORTED");
  });
});

describe("a bake file", () => {
  it("builds everything, gives exact tags only to images that are published directly, and never aliases", async () => {
    const direct = fromBakeFile(toBakeFile(await planWith({ a: [], b: ["a"] }, { publish: "direct" })));
    expect(direct.targets.map(({ name, isLinked }) => [name, isLinked])).toEqual([
      ["a-3-14-3", false],
      ["b-3-14-3", false],
    ]);
    expect(direct.targets.map(({ tags }) => tags)).toEqual([["ghcr.io/o/a:3.14.3"], ["ghcr.io/o/b:3.14.3"]]);
    const staged = fromBakeFile(toBakeFile(await planWith({ a: [] }, { publish: "staged" })));
    expect(staged.targets[0]?.tags).toEqual([]);
    expect(staged.targets[0]?.outputs).toEqual([
      "type=image,name=ghcr.io/o/a,name-canonical=true,push=true,push-by-digest=true",
    ]);
  });

  it("takes arguments as texts, whatever stands in them", async () => {
    const nasty = "${PATH} %{ if } $${x} 50%";
    const plan = withSteps(await planWith({ a: [] }), (step) => {
      return { ...step, dispatch: { ...step.dispatch, inputs: { nasty } } };
    });
    const images = {
      a: { args: { V: "{version}-{image}", N: "{nasty}" }, context: "./${x}", dockerfile: "Other", target: "s" },
    };
    const [target] = fromBakeFile(toBakeFile(plan, { images })).targets;
    expect(target).toMatchObject({
      args: { V: "3.14.3-a", N: nasty },
      context: "./${x}",
      dockerfile: "Other",
      stage: "s",
    });
    expect(codeOf(() => toBakeFile(plan, { images: { a: { args: { X: "{gone}" } } } }))).toBe("INVALID_INPUT");
  });
});

describe("names for other engines", () => {
  it("are legal, different, and do not depend on what else there is", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ maxLength: 90 }), { maxLength: 20 }), (ids) => {
        const slugs = nodeSlugs(ids);
        for (const slug of slugs.values()) expect(slug).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
        expect(new Set(slugs.values()).size).toBe(ids.length);
        expect(nodeSlugs([...ids].reverse())).toEqual(slugs);
      }),
    );
  });

  it("end with a part of the digest where they would be the same or too long", () => {
    const hash = (id: string) => digestOf(new TextEncoder().encode(id)).slice(7, 15);
    expect([...nodeSlugs(["a.b@1", "a_b@1", "c@1"]).values()]).toEqual([
      `a-b-1-${hash("a.b@1")}`,
      `a-b-1-${hash("a_b@1")}`,
      "c-1",
    ]);
    expect(nodeSlugs(["x".repeat(70)]).get("x".repeat(70))).toBe(`${"x".repeat(54)}-${hash("x".repeat(70))}`);
  });
});
