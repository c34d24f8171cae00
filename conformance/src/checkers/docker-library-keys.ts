import type { BuildKeyFormat, BuildKeyInput } from "@bayplan/core";

/**
 * docker-library's build ids: one per source and architecture, over the parents' digests by what FROM names them. The
 * input's source says `sourceId` and `arch` through `identify`, its bases are named as in the Dockerfile by `fromsOf`.
 */
export function dockerLibraryKeys(
  identify: (input: BuildKeyInput) => {
    readonly sourceId: string;
    readonly arch: string;
    readonly froms: readonly string[];
  },
): BuildKeyFormat {
  return {
    serialise(input) {
      const { sourceId, arch, froms } = identify(input);
      const [platform] = input.platforms;
      const parents = Object.fromEntries(froms.map((from, index) => [from, platform?.bases[index]]));
      return `${JSON.stringify({ sourceId, arch, parents })}\n`;
    },
    stagingTag: (key) => key.slice("sha256:".length),
  };
}
