import { createPlan, observeState, type Plan, type Step, type VersionConfig } from "@bayplan/core";
import { createFixedListSource } from "@bayplan/sources";
import { createVirtualClock } from "@bayplan/testkit";
import { z } from "zod";
import { cpythonFamily, cpythonRepository, legOf } from "./cpython-family.ts";
import { simulatedGhcr } from "./simulated-ghcr.ts";

const Input = z.object({
  resolved: z.string(),
  variants: z.array(z.object({ suffix: z.string(), images: z.array(z.string()) })),
  published: z.array(z.string()),
});

/** The whole plan of one resolved release: what is built, in order, with its tags and its base. */
export async function checkCpythonPlan(input: unknown): Promise<unknown> {
  const { resolved, variants, published } = Input.parse(input);
  const legs = variants.map(({ suffix, images }): VersionConfig => legOf(`${resolved}${suffix}`, "python", images));
  const references = published.map((name) => (name.startsWith("ghcr.io/") ? name : `${cpythonRepository}/${name}`));
  const clock = createVirtualClock();
  const family = cpythonFamily(legs);
  const state = await observeState(family, {
    registries: [await simulatedGhcr(references)],
    sources: {
      python: createFixedListSource("python", [{ raw: resolved }]),
      numpy: createFixedListSource("numpy", [{ raw: "v2.4.2" }]),
      scipy: createFixedListSource("scipy", [{ raw: "v1.17.0" }]),
    },
    clock,
  });
  const plan = createPlan(family, state, clock.now());
  return { builds: plan.steps.flatMap((step) => (step.kind === "build" ? [describe(step, plan)] : [])) };
}

function describe(step: Extract<Step, { kind: "build" }>, plan: Plan): unknown {
  const repository = `${step.repository.registry}/${step.repository.repository}`;
  const moved = plan.steps.flatMap((other) => (other.kind === "tag" && other.node === step.node ? [other.tag] : []));
  const [base] = plan.nodes.find((node) => node.id === step.node)?.bases ?? [];
  const tags = [step.exactTag, ...moved].map((tag) => `${repository}:${tag}`);
  return {
    image: step.image,
    version: step.version,
    tags,
    base: plan.nodes.find((node) => node.id === base)?.reference ?? null,
  };
}
