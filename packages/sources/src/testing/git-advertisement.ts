/** What a Git server of version 0 answers to `ls-remote` over HTTP: its references, as pkt-lines. */
export function gitAdvertisement(refs: readonly (readonly [name: string, object: string])[]): Response {
  const none: readonly [string, string] = ["capabilities^{}", "0".repeat(40)];
  const lines = (refs.length === 0 ? [none] : refs).map(
    ([name, object], index) => `${object} ${name}${index === 0 ? "\0multi_ack agent=git/test" : ""}\n`,
  );
  const body = `${packet("# service=git-upload-pack\n")}0000${lines.map(packet).join("")}0000`;
  return new Response(body, { headers: { "content-type": "application/x-git-upload-pack-advertisement" } });
}

function packet(line: string): string {
  return (Buffer.byteLength(line) + 4).toString(16).padStart(4, "0") + line;
}
