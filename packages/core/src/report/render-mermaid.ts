import type { Plan } from "../plan/plan.ts";

const classes = [
  "classDef built fill:#d7f0dd,stroke:#2f7d46,color:#10311b",
  "classDef queued fill:#d9e8fb,stroke:#2b62a8,color:#0f2747",
  "classDef tagMissing fill:#fdf2cf,stroke:#97701a,color:#3d2d08",
  "classDef blocked fill:#f9dcd9,stroke:#a5372c,color:#471511",
  "classDef unknown fill:#e7e7ea,stroke:#5f6068,color:#222327",
];

/** The images and what is built on what, as a Mermaid flowchart coloured by state. */
export function renderMermaid(plan: Pick<Plan, "nodes">): string {
  const names = new Map(plan.nodes.map((node, index) => [node.id, `n${index}`]));
  const external = [...new Set(plan.nodes.flatMap((node) => node.bases))].filter((base) => !names.has(base));
  for (const [index, base] of external.entries()) names.set(base, `x${index}`);
  const nodes = plan.nodes.map((node) => {
    const kind = node.state.state === "tag-missing" ? "tagMissing" : node.state.state;
    return `  ${names.get(node.id)}["${label(node.image)}<br/>${label(node.version)}"]:::${kind}`;
  });
  const outside = external.map((base) => `  ${names.get(base)}(["${label(base)}"])`);
  const edges = plan.nodes.flatMap((node) =>
    node.bases.map((base) => `  ${names.get(base)} --> ${names.get(node.id)}`),
  );
  return `${["flowchart LR", ...nodes, ...outside, ...edges, ...classes.map((line) => `  ${line}`)].join("\n")}\n`;
}

/** Mermaid reads quotes, angle brackets and its own entities inside labels: those go in as entities. */
function label(text: string): string {
  return text.replace(/[^A-Za-z0-9 ._:/@-]/gu, (character) => `#${character.codePointAt(0)};`);
}
