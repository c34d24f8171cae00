import type { GraphInput } from "../../graph/create-image-graph.ts";
import { formatReference, parseReference } from "../../oci/reference.ts";
import type { Dockerfile } from "./dockerfile.ts";

type GraphBase = GraphInput["images"][number]["bases"][number];

/** One image of a graph: what builds it and under which references others name it. */
export interface NamedDockerfile {
  readonly name: string;
  readonly dockerfile: Dockerfile;
  /** For example `["ghcr.io/o/base:1"]`; without a tag `latest` is meant. Default none. */
  readonly references?: readonly string[];
  /** What it is built for. Default: every platform that anything asks for. */
  readonly platforms?: readonly string[];
}

/**
 * The graph of several Dockerfiles, as `createImageGraph` takes it: what one of them names and another one produces is an
 * edge, everything else an external base. The base of the built stage is `final`; what is copied, mounted or only used by
 * earlier stages is `build`; stages that are never built count for nothing. An image that names its own reference is
 * built on what is already published there, as with `docker build`: that is an external base.
 *
 * @throws BayplanError `INVALID_REFERENCE` when `references` holds something else.
 */
export function graphDockerfiles(files: readonly NamedDockerfile[]): GraphInput {
  return {
    images: files.map(({ name, dockerfile, references = [], platforms }) => {
      const own = references.map(canonical);
      return {
        name,
        bases: basesOf(dockerfile, new Set(own)),
        ...(own.length === 0 ? {} : { references: own }),
        ...(platforms === undefined ? {} : { platforms }),
      };
    }),
  };
}

function basesOf(dockerfile: Dockerfile, own: ReadonlySet<string>): readonly GraphBase[] {
  const bases = new Map<string, GraphBase>();
  for (const { source, stage } of dockerfile.references) {
    if (source.kind !== "image" || dockerfile.stages[stage]?.isNeeded !== true) continue;
    const reference = canonical(source.image);
    const isFinal = dockerfile.finalImage !== undefined && canonical(dockerfile.finalImage) === reference;
    const base: GraphBase = own.has(reference)
      ? { kind: "external", reference: parseReference(reference) }
      : { kind: "reference", reference };
    bases.set(reference, { ...base, stage: isFinal ? "final" : "build" });
  }
  return [...bases.values()];
}

function canonical(reference: string): string {
  return reference === "scratch" ? reference : formatReference(parseReference(reference));
}
