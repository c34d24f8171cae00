import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** A certificate for one host and the authority that signed it. */
export interface Certificates {
  /** File with the authority's certificate, PEM. */
  readonly caFile: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  remove(): Promise<void>;
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];

/** Makes an authority and a certificate by `openssl`, in a directory of their own. Rejects where that is missing or too old. */
export async function makeCertificates(host: string): Promise<Certificates> {
  const directory = await mkdtemp(join(tmpdir(), "bayplan-bench-tls-"));
  const file = (name: string) => join(directory, name);
  const remove = () => rm(directory, { recursive: true, force: true });
  const request = (name: string, ...options: readonly string[]) => {
    const files = ["-keyout", file(`${name}.key`), "-out", file(`${name}.pem`)];
    return promisify(execFile)("openssl", ["req", "-x509", ...newKey, ...files, ...options]);
  };
  try {
    await request("ca", "-subj", "/CN=bayplan bench authority", "-addext", "keyUsage=critical,keyCertSign");
    const name = /^[\d.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`;
    const own = ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", `subjectAltName=${name}`];
    await request("server", "-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-subj", `/CN=${host}`, ...own);
    const [ca, cert, key] = await Promise.all(
      ["ca.pem", "server.pem", "server.key"].map((pem) => readFile(file(pem), "utf8")),
    );
    if (ca === undefined || cert === undefined || key === undefined) throw new Error("openssl wrote nothing");
    return { caFile: file("ca.pem"), ca, cert, key, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
