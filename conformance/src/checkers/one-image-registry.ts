import { BayplanError, type Digest, digestOf, type RegistryAdapter, type StoredBytes } from "@bayplan/core";

/** A document as a registry would store it, under the media type it names itself. */
export function storedManifest(document: unknown): StoredBytes {
  const bytes = new TextEncoder().encode(typeof document === "string" ? document : JSON.stringify(document));
  const named = typeof document === "object" && document !== null && "mediaType" in document ? document.mediaType : "";
  const mediaType = typeof named === "string" && named !== "" ? named : "application/octet-stream";
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

/** A registry that has one document under every tag, and one config under every digest. */
export function oneImageRegistry(answers: {
  readonly manifest: () => StoredBytes | undefined;
  readonly config?: unknown;
}): RegistryAdapter {
  const refuse = async (): Promise<never> => {
    throw new BayplanError("UNSUPPORTED", "This registry is only read.");
  };
  return {
    id: "one image",
    hosts: ["registry.example"],
    resolve: refuse,
    fetchManifest: async () => answers.manifest(),
    async *fetchBlob(reference) {
      if (answers.config === undefined) return missing(reference.digest);
      yield new TextEncoder().encode(JSON.stringify(answers.config));
    },
    putManifest: refuse,
    putBlob: refuse,
    listTags: () => missing("tags"),
    tag: refuse,
  };
}

function missing(what: Digest | "tags"): never {
  throw new BayplanError("NOT_FOUND", `There is no ${what}.`);
}
