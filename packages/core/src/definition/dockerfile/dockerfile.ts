/** Where the content of a stage, a copy or a mount comes from. */
export type DockerfileSource =
  | { readonly kind: "image"; readonly image: string }
  /** An earlier stage of the same file. */
  | { readonly kind: "stage"; readonly stage: number }
  /** Nothing at all: `FROM scratch`. */
  | { readonly kind: "scratch" };

/** One place where a Dockerfile names something else: `FROM`, `COPY --from` or `RUN --mount=from=`. */
export interface DockerfileReference {
  readonly kind: "from" | "copy" | "mount";
  /** The stage it stands in. */
  readonly stage: number;
  readonly source: DockerfileSource;
  /**
   * The image it comes down to, with `:latest` where neither tag nor digest is written; `scratch` for nothing. For a
   * stage, that stage's own base.
   */
  readonly image: string;
  /** Of `FROM --platform`; absent means the platform that is built for. */
  readonly platform?: string;
  /** From 1. */
  readonly line: number;
}

/** One `FROM` and what follows it. */
export interface DockerfileStage {
  /** Lower case. */
  readonly name?: string;
  readonly source: DockerfileSource;
  /** The image it is finally based on, through other stages; `scratch` for nothing. */
  readonly baseImage: string;
  /** Of `FROM --platform`, also of the stage it is based on; absent means the platform that is built for. */
  readonly platform?: string;
  /** Whether the built stage needs it; others are never built. */
  readonly isNeeded: boolean;
}

/** What a Dockerfile depends on. */
export interface Dockerfile {
  readonly stages: readonly DockerfileStage[];
  /** In the order of the file, with repetitions. */
  readonly references: readonly DockerfileReference[];
  /** Distinct images from outside, in the order of the file, `scratch` left out; those of unneeded stages too. */
  readonly externalImages: readonly string[];
  /** The base of the stage that is built; absent when there is no stage. */
  readonly finalImage?: string;
}
