import type { Base } from "../definition/family.ts";
import type { Platform } from "../oci/platform.ts";

/** One node of a graph. */
export interface GraphImage {
  /** Unique in the graph. */
  readonly name: string;
  /** What it is built on, in Dockerfile order. */
  readonly bases: readonly GraphBase[];
  /** What it is built for. Default: every platform that anything asks for. */
  readonly platforms?: readonly (Platform | string)[];
  /** References under which others name it, each owned by one image per platform. Compared as text. Default none. */
  readonly references?: readonly string[];
  /**
   * References that several images may carry on one platform, such as an index over two Windows releases. Whoever names
   * one is built on all that carry it. Default none.
   */
  readonly sharedReferences?: readonly string[];
}

/**
 * A base of a node. `image`: another node by its name; `external`: never a node; `reference`: whatever nodes carry that
 * reference on the platforms in question, and external where none does.
 */
export type GraphBase = (Base | { readonly kind: "reference"; readonly reference: string }) & {
  /** Platforms on which the image is built on it. Default: all of the image. */
  readonly platforms?: readonly string[];
  /** `final`: of the last stage, so it is in the result; `build`: only read by an earlier one. Default `final`. */
  readonly stage?: "final" | "build";
};

/** That an image is built on something: one per image, base and stage, with the platforms on which that is so. */
export interface GraphEdge {
  readonly image: string;
  /** Name of the node it is built on. Absent when the base is external. */
  readonly base?: string;
  /** The base as the image names it; canonical for bases that were given as parsed references. */
  readonly reference: string;
  /** Empty: all platforms. */
  readonly platforms: readonly string[];
  readonly stage: "final" | "build";
}

/** Which edges count. */
export interface EdgeScope {
  /** Only edges that hold on this platform, for example `linux/arm64`. Default: all. */
  readonly platform?: string;
  /** Only bases whose content is in the result. Default: build stages too. */
  readonly stage?: "final";
}
