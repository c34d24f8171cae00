import { answerParent } from "../answer-parent.ts";
import { inFlight } from "../in-flight.ts";
import type { ClientJob, ClientTime } from "./client-job.ts";

const accept = ["index", "manifest"].map((kind) => `application/vnd.oci.image.${kind}.v1+json`).join(", ");

// What one writes after reading the specification once: ask how to authenticate, get a token, ask. For every reference.
answerParent<ClientJob>(async ({ host, references, inFlight: count }): Promise<ClientTime> => {
  // Loads the fetch of Node, which is loaded when it is first looked at.
  new Request(`https://${host}/`);
  const started = performance.now();
  await inFlight(references, count, ([repository, tag]) => digestOf(host, repository, tag));
  return { seconds: (performance.now() - started) / 1000 };
});

async function digestOf(host: string, repository: string, tag: string): Promise<string> {
  const ping = await fetch(`https://${host}/v2/`);
  await ping.arrayBuffer();
  const challenge = ping.headers.get("www-authenticate") ?? "";
  const [, realm = "", service = ""] = /realm="([^"]*)",service="([^"]*)"/.exec(challenge) ?? [];
  const query = new URLSearchParams({ service, scope: `repository:${repository}:pull` });
  const { token } = (await (await fetch(`${realm}?${query}`)).json()) as { token: string };
  const url = `https://${host}/v2/${repository}/manifests/${tag}`;
  const response = await fetch(url, { method: "HEAD", headers: { accept, authorization: `Bearer ${token}` } });
  const digest = response.headers.get("docker-content-digest");
  if (digest === null) throw new Error(`${url}: ${response.status}`);
  return digest;
}
