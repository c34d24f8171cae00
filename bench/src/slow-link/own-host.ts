import { lookup } from "node:dns/promises";
import { hostname, networkInterfaces } from "node:os";

/** A name of this computer and the address it stands for. */
export interface OwnHost {
  readonly name: string;
  readonly address: string;
}

/**
 * A name under which this computer is not recognised as "this computer": clients speak plain http to `localhost`. The
 * host name if it can be looked up, else an address of the network. `undefined` where there is neither.
 */
export async function findOwnHost(): Promise<OwnHost | undefined> {
  const name = hostname().toLowerCase();
  if (/^[a-z0-9.-]+$/.test(name) && !/(^|\.)localhost$/.test(name)) {
    const found = await lookup(name, { family: 4 }).catch(() => undefined);
    if (found !== undefined) return { name, address: found.address };
  }
  const addresses = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  const address = addresses.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
  return address === undefined ? undefined : { name: address, address };
}
