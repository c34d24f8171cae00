import { type TagReference, tagReference } from "@bayplan/core";
import type { OciRegistry } from "@bayplan/registry-oci";
import type { DescriptorMemory } from "@bayplan/runtime";

/** Where it is noted what a registry showed, and what was written. */
interface Notes {
  readonly descriptors: DescriptorMemory;
  readonly noteWritten: (reference: TagReference) => void;
}

/** The same registry; whatever descriptor it gives or takes is noted, and each tag that is to be written. */
export function rememberDescriptors(oci: OciRegistry, { descriptors, noteWritten }: Notes): OciRegistry {
  const { tagMany } = oci;
  return {
    ...oci,
    async resolve(reference, call) {
      const resolution = await oci.resolve(reference, call);
      if (resolution.state === "present") descriptors.note(resolution.descriptor);
      return resolution;
    },
    async *resolveMany(references, call) {
      for await (const answer of oci.resolveMany(references, call)) {
        if (answer[1].state === "present") descriptors.note(answer[1].descriptor);
        yield answer;
      }
    },
    async fetchManifest(reference, call) {
      const stored = await oci.fetchManifest(reference, call);
      if (stored !== undefined) descriptors.note(stored.descriptor);
      return stored;
    },
    async putManifest(repository, manifest, call) {
      await oci.putManifest(repository, manifest, call);
      descriptors.note(manifest.descriptor);
    },
    async tag(target, tag, expected, call) {
      noteWritten(tagReference(target, tag));
      return await oci.tag(target, tag, expected, call);
    },
    ...(tagMany === undefined
      ? {}
      : {
          async tagMany(target, tags, call) {
            for (const { tag } of tags) noteWritten(tagReference(target, tag));
            return await tagMany(target, tags, call);
          },
        }),
  };
}
