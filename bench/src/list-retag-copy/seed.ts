import { type Digest, digestOf, mediaTypes, type StoredBytes } from "@bayplan/core";
import { createOciRegistry } from "@bayplan/registry-oci";
import { buildImage, pushImage } from "@bayplan/testkit";
import { inFlight } from "../in-flight.ts";

/** What a registry was filled with. */
export interface Seeded {
  /** Each with the tags v0 to v4. */
  readonly repositories: readonly string[];
  /** A two-platform image, tagged v0. */
  readonly image: { readonly repository: string; readonly digest: Digest };
}

const tagsPerRepository = 5;
const empty = new TextEncoder().encode("{}");
const emptyDescriptor = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(empty), size: empty.length };

/** Pushes what is listed, retagged and copied; referrers only where the registry lists them. */
export async function seed(
  host: string,
  options: { readonly repositories: number; readonly referrers: boolean },
): Promise<Seeded> {
  const origin = `http://${host}`;
  const repositories = Array.from({ length: options.repositories }, (_, index) => `bench/image-${index}`);
  await inFlight(repositories, 8, async (repository) => {
    const image = await buildImage({ platforms: ["linux/amd64"], files: { name: repository } });
    for (let tag = 0; tag < tagsPerRepository; tag += 1) await pushImage({ origin, repository, tag: `v${tag}`, image });
  });
  // Text that does not compress: a layer of about two MiB.
  const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(65_536))).toString("hex");
  const files = Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`part-${index}`, `${index}${noise}`]));
  const image = await buildImage({ platforms: ["linux/amd64", "linux/arm64"], files });
  const repository = "bench/original";
  await pushImage({ origin, repository, tag: "v0", image });
  if (options.referrers) await pushReferrers(host, { repository, subject: image.root });
  return { repositories, image: { repository, digest: image.digest } };
}

/** A signature and an SBOM, as far as a registry can tell. */
async function pushReferrers(
  host: string,
  { repository, subject }: { readonly repository: string; readonly subject: StoredBytes },
): Promise<void> {
  const registry = createOciRegistry({ hosts: [host] });
  const target = { registry: host, repository };
  await registry.putBlob(target, emptyDescriptor, once(empty));
  for (const kind of ["signature", "sbom"]) {
    const { mediaType, digest, size } = subject.descriptor;
    const document = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: `application/vnd.example.${kind}`,
      config: emptyDescriptor,
      layers: [emptyDescriptor],
      subject: { mediaType, digest, size },
    };
    const bytes = new TextEncoder().encode(JSON.stringify(document));
    const descriptor = { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.length };
    await registry.putManifest(target, { descriptor, bytes });
  }
  await registry.close();
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
