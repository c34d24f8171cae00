import { copyImage, type Digest, digestReference, type RepositoryName, tagReference } from "@bayplan/core";
import { createOciRegistry, type OciRegistry } from "@bayplan/registry-oci";
import { answerParent } from "../answer-parent.ts";
import { inFlight } from "../in-flight.ts";
import type { RegistryJob } from "../registry-job.ts";

// Gives the seconds from the first line of work to the last answer.
answerParent<RegistryJob>(async (job): Promise<number> => {
  // The transport loads it with the first request; to a compiled program, loading is part of its start.
  await import("undici");
  const started = performance.now();
  const registry = createOciRegistry({ hosts: [job.registry] });
  await inFlight(job.items, job.inFlight, (item) => work(job, registry, item));
  const seconds = (performance.now() - started) / 1000;
  await registry.close();
  return seconds;
});

async function work({ job, registry: host }: RegistryJob, registry: OciRegistry, item: readonly string[]) {
  const [name = "", tag = "", third = "", fourth = ""] = item;
  const repository = { registry: host, repository: name };
  if (job === "list") return await countTags(registry, repository);
  if (job === "copy") {
    const to = { registry, repository: { registry: host, repository: third } };
    const written = { name: fourth, expected: { absent: true } } as const;
    return await copyImage({ registry, reference: tagReference(repository, tag) }, { ...to, tag: written });
  }
  const digest = await digestOf(registry, repository, tag);
  return await registry.tag(digestReference(repository, digest), third, { absent: true });
}

async function countTags(registry: OciRegistry, repository: RepositoryName): Promise<void> {
  let tags = 0;
  for await (const _ of registry.listTags(repository)) tags += 1;
  if (tags === 0) throw new Error(`${repository.repository} has no tags`);
}

async function digestOf(registry: OciRegistry, repository: RepositoryName, tag: string): Promise<Digest> {
  const resolution = await registry.resolve(tagReference(repository, tag));
  if (resolution.state !== "present") throw new Error(`${repository.repository}:${tag} is ${resolution.state}`);
  return resolution.descriptor.digest;
}
