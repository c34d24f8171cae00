import type { OciRegistry } from "@bayplan/registry-oci";
import type { DescriptorMemory } from "./descriptor-memory.ts";

/** The same registry; whatever descriptor it gives or takes is noted. */
export function rememberDescriptors(oci: OciRegistry, descriptors: DescriptorMemory): OciRegistry {
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
  };
}
