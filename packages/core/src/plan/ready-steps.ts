import type { Family, ImageTest } from "../definition/family.ts";
import type { FamilyNode } from "../observe/family-nodes.ts";
import { fillInputs } from "../observe/fill-inputs.ts";
import type { RepositoryName } from "../oci/reference.ts";
import type { Reasons } from "../reason.ts";
import { stepId } from "./build-steps.ts";
import type { CopyStep, LateDigest, TestStep } from "./plan.ts";

/** Runs the workflow that tests an image, once it was verified. */
export function testStep(
  node: FamilyNode,
  test: ImageTest,
  { reasons, target, family }: { readonly reasons: Reasons; readonly target: LateDigest; readonly family: Family },
): TestStep {
  const { ref } = family;
  const { workflow, gitRepository, timeoutMs } = test;
  const { inputs } = fillInputs({ ...node, image: { ...node.image, inputs: test.inputs } });
  return {
    dependsOn: [stepId.verify(node.id)],
    dispatch: gitRepository === undefined ? { inputs, ref, workflow } : { gitRepository, inputs, ref, workflow },
    group: node.group,
    id: stepId.test(node.id),
    kind: "test",
    node: node.id,
    reasons,
    repository: node.image.repository,
    target,
    timeoutMs,
  };
}

/** Copies an image into another repository, once it is ready to be tagged there. */
export function copyStep(
  node: FamilyNode,
  repository: RepositoryName,
  step: { readonly reasons: Reasons; readonly target: LateDigest; readonly after: string | undefined },
): CopyStep {
  return {
    dependsOn: step.after === undefined ? [] : [step.after],
    from: node.image.repository,
    group: node.group,
    id: stepId.copy(node.id, repository),
    kind: "copy",
    node: node.id,
    reasons: step.reasons,
    repository,
    target: step.target,
  };
}
