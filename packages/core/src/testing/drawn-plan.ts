import type { Instant } from "../instant.ts";
import { digestOf } from "../oci/digest.ts";
import type { NodeState, Plan, PlannedNode, Step } from "../plan/plan.ts";

/** What a plan to be drawn holds of a node. */
export interface DrawnPlanNode {
  readonly image: string;
  readonly version?: string;
  /** Ids, `image@version`, or references of what is outside. */
  readonly bases?: readonly string[];
  readonly state?: NodeState["state"];
  /** The text of its reason. */
  readonly because?: string;
  /** Tags it is to get. */
  readonly tags?: readonly string[];
}

/** A plan made of what a report shows, and of nothing that could be executed. */
export function drawnPlan(nodes: readonly DrawnPlanNode[], texts: { readonly leg?: string } = {}): Plan {
  const digest = digestOf(new Uint8Array());
  const planned = nodes.map(({ image, version = "1", bases = [], state = "queued", because = "it was asked for" }) => {
    const full =
      state === "blocked"
        ? { state, on: bases[0] ?? "" }
        : state === "built" || state === "tag-missing"
          ? { state, digest }
          : { state };
    return {
      id: `${image}@${version}`,
      image,
      version,
      reference: `registry.example/${image}:${version}`,
      bases,
      state: full,
      reasons: [{ code: "custom", text: because }],
      withheld: [{ tag: "latest", rule: because, reasons: [{ code: "custom", text: because }] }],
    } satisfies PlannedNode;
  });
  const steps = nodes.flatMap(({ image, tags = [], because = "" }, place): readonly Step[] =>
    tags.map((tag) => ({
      kind: "tag",
      id: `tag ${place} ${tag}`,
      dependsOn: [],
      group: image,
      node: planned[place]?.id ?? "",
      reasons: [{ code: "custom", text: because }],
      repository: { registry: "registry.example", repository: image },
      target: { digest },
      tag,
      mutability: "moving",
      expected: { absent: true },
    })),
  );
  return {
    formatVersion: 1,
    id: digest,
    family: texts.leg ?? "drawn",
    plannedAt: "2026-11-21T12:00:00.000Z" as Instant,
    expiresAt: "2026-11-21T13:00:00.000Z" as Instant,
    steps,
    nodes: planned,
    unresolved: texts.leg === undefined ? [] : [{ leg: texts.leg, reasons: [{ code: "custom", text: texts.leg }] }],
  };
}
