import { answerParent } from "../answer-parent.ts";
import { inFlight } from "../in-flight.ts";
import type { RegistryJob } from "../registry-job.ts";

const accept = ["index", "manifest"].map((kind) => `application/vnd.oci.image.${kind}.v1+json`).join(", ");

// What a script does: the least requests, no checks. Gives seconds. Copying is not for a script.
answerParent<RegistryJob>(async ({ job, registry, items, inFlight: count }): Promise<number> => {
  const base = `http://${registry}/v2`;
  // Loads the fetch of Node, which is loaded when it is first looked at.
  new Request(base);
  const started = performance.now();
  await inFlight(items, count, ([repository, tag, newTag]) =>
    job === "list" ? list(`${base}/${repository}`) : retag(`${base}/${repository}/manifests`, `${tag}`, `${newTag}`),
  );
  return (performance.now() - started) / 1000;
});

async function list(repository: string): Promise<void> {
  const { tags } = (await (await fetch(`${repository}/tags/list`)).json()) as { tags: readonly string[] };
  if (tags.length === 0) throw new Error(`${repository} has no tags`);
}

async function retag(manifests: string, tag: string, newTag: string): Promise<void> {
  const found = await fetch(`${manifests}/${tag}`, { headers: { accept } });
  const headers = { "content-type": found.headers.get("content-type") ?? "" };
  const put = await fetch(`${manifests}/${newTag}`, { method: "PUT", headers, body: await found.arrayBuffer() });
  await put.arrayBuffer();
  if (put.status !== 201) throw new Error(`${manifests}/${newTag}: ${put.status}`);
}
