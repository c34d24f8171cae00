import { BayplanError } from "@bayplan/core";
import { createHostGate, type GateSettings, type HostGate } from "./host-gate.ts";

/** The gates of one client, one for each origin. */
export interface HostGates {
  of(url: URL): HostGate;
  /** Nobody passes any gate any more; who waits gets `CANCELLED`. */
  close(): void;
}

/** Gates that come into being with the first request to their origin. */
export function createHostGates(settings: GateSettings): HostGates {
  const gates = new Map<string, HostGate>();
  let isClosed = false;
  const open = (origin: string, host: string): HostGate => {
    if (isClosed) throw new BayplanError("CANCELLED", "This HTTP client was closed. Create another one.");
    const gate = createHostGate(host, settings);
    gates.set(origin, gate);
    return gate;
  };
  return {
    of(url) {
      const { origin } = url;
      return gates.get(origin) ?? open(origin, url.host);
    },
    close() {
      isClosed = true;
      for (const gate of gates.values()) gate.close();
    },
  };
}
