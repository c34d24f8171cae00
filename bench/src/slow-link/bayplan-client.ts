import { type Reference, tagReference } from "@bayplan/core";
import { createOciRegistry } from "@bayplan/registry-oci";
import { createHttpClient } from "@bayplan/runtime";
import { answerParent } from "../answer-parent.ts";
import { inFlight } from "../in-flight.ts";
import type { ClientJob, ClientTime } from "./client-job.ts";

answerParent<ClientJob>(async (job): Promise<ClientTime> => {
  const references = job.references.map(([repository, tag]) => tagReference({ registry: job.host, repository }, tag));
  // The transport loads it with the first request; to a compiled program, loading is part of its start.
  await import("undici");
  const started = performance.now();
  // By itself it begins with 16 and feels its way up; a comparison with 64 of others is one with 64 from the start.
  const fixed = { concurrency: { initial: job.inFlight, max: job.inFlight }, connectionsPerOrigin: job.inFlight };
  const common = { certificateAuthorities: { [job.host]: job.ca }, env: {} };
  const http = createHttpClient(job.isFixed ? { ...common, ...fixed } : common);
  const registry = createOciRegistry({ hosts: [job.host], http });
  if (job.atOnce) {
    let count = 0;
    for await (const [reference, resolution] of registry.resolveMany?.(references) ?? []) {
      mustBePresent(reference, resolution);
      count += 1;
    }
    if (count !== references.length) throw new Error(`${count} answers to ${references.length} references`);
  } else {
    await inFlight(references, job.inFlight, async (reference) =>
      mustBePresent(reference, await registry.resolve(reference)),
    );
  }
  const seconds = (performance.now() - started) / 1000;
  await http.close();
  return { seconds };
});

function mustBePresent(reference: Reference, { state }: { readonly state: string }): void {
  if (state !== "present") throw new Error(`${reference.repository} is ${state}`);
}
