import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createHttpClient } from "./http-client.ts";
import { codeOf } from "./testing/open-http.ts";

/** A certificate made on the spot; `undefined` where openssl is not installed. */
function makeCertificate(): { key: Buffer; cert: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), "bayplan-ca-"));
  try {
    const files = ["-keyout", join(folder, "key"), "-out", join(folder, "cert")];
    const subject = ["-subj", "/CN=bayplan", "-addext", "subjectAltName=IP:127.0.0.1"];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    execFileSync("openssl", ["req", "-x509", ...curve, ...files, ...subject], { stdio: "ignore" });
    return { key: readFileSync(join(folder, "key")), cert: readFileSync(join(folder, "cert"), "utf8") };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

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
