import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answerParent } from "../answer-parent.ts";

const pageSize = 1_000;

// Lists as many tags as it is told, page by page, without ever having them all; gives the port.
answerParent<{ readonly tags: number }>(({ tags }) => {
  const server = createServer((request, response) => {
    const last = new URL(request.url ?? "/", "http://registry.invalid").searchParams.get("last");
    const start = last === null ? 0 : Number(last.slice(1)) + 1;
    const end = Math.min(start + pageSize, tags);
    const page = Array.from({ length: end - start }, (_, index) => nameOf(start + index));
    const next = `</v2/bench/many/tags/list?n=${pageSize}&last=${page.at(-1)}>; rel="next"`;
    response.writeHead(200, { "content-type": "application/json", ...(end < tags ? { link: next } : {}) });
    response.end(JSON.stringify({ name: "bench/many", tags: page }));
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
});

// As long as the names that builds get from dates and commits, so that keeping them shows.
function nameOf(index: number): string {
  return `v${String(index).padStart(24, "0")}`;
}
