import { expect, it } from "vitest";
import { runFault } from "./fault-case.ts";
import { faults } from "./faults.ts";
import type { MatrixClient } from "./naive-client.ts";
import { openBench } from "./open-bench.ts";

for (const fault of faults) {
  it(fault.name, async () => {
    const { plainFetch, bayplan, met } = await runFault(fault);
    expect({ plainFetch, bayplan }).toEqual({ plainFetch: fault.plainFetch, bayplan: fault.bayplan });
    if (fault.isMetOnTheWire !== false) expect(Math.min(...met)).toBeGreaterThan(0);
  });
}

it("meets both clients with sound answers where there is no fault", async () => {
  await using bench = await openBench();
  const fault = {
    name: "none",
    act: async (client: MatrixClient) => [
      await client.digest(),
      await client.manifest(),
      await client.tags(),
      await client.blob(bench.image.blobs[0]?.descriptor.digest ?? bench.digest),
    ],
    truth: () => [
      bench.digest,
      { digest: bench.digest, bytes: bench.image.root.bytes },
      ["1.0"],
      bench.image.blobs[0]?.bytes,
    ],
  };
  expect(await runFault({ ...fault, plainFetch: "right", bayplan: "right" })).toMatchObject({
    plainFetch: "right",
    bayplan: "right",
  });
});
