import { type AddressInfo, createServer } from "node:net";
import { answerParent } from "../answer-parent.ts";

const answer = [
  "HTTP/1.1 200 OK",
  "content-type: application/vnd.oci.image.manifest.v1+json",
  "content-length: 1234",
  `docker-content-digest: sha256:${"5".repeat(64)}`,
  "docker-distribution-api-version: registry/2.0",
  "\r\n",
].join("\r\n");

// Answers whatever is asked, one request after the other, without reading it: it must never be what is waited for.
answerParent<"start">(() => {
  const server = createServer({ noDelay: true }, (socket) => {
    let last = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      last = (last + chunk).slice(-4);
      if (last === "\r\n\r\n") socket.write(answer);
    });
    socket.on("error", () => socket.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
});
