import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { createHttpClient } from "./http-client.ts";
import { makeCertificate } from "./testing/certificate.ts";
import { codeOf } from "./testing/open-http.ts";

const certificate = makeCertificate();
const note = certificate === undefined ? " (skipped: openssl is not installed)" : "";
it.skipIf(certificate === undefined)(`trusts the authority of a host, for that host only${note}`, async () => {
  const server = createServer({ key: certificate?.key, cert: certificate?.cert }, (_, response) => response.end("ok"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const status = async (authorities: Record<string, string>) => {
    const http = createHttpClient({ certificateAuthorities: authorities, retries: 0 });
    const answer = http.request({ method: "GET", url: `https://${host}/` });
    const code = await codeOf(answer);
    await http.close();
    return code;
  };
  const cert = certificate?.cert ?? "";
  expect(await status({ [host]: cert })).toBe("resolved");
  expect(await status({ "127.0.0.1": cert })).toBe("resolved");
  expect(await status({ "other.test": cert })).toBe("UNAVAILABLE");
  expect(await status({})).toBe("UNAVAILABLE");
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
