import { expect } from "vitest";
import type { FaultCase } from "./fault-case.ts";

const listTags = { act: (client) => client.tags(), truth: () => ["1.0"] } satisfies Pick<FaultCase, "act" | "truth">;

/** Listings that lead astray. */
export const listingFaults: readonly FaultCase[] = [
  {
    name: "Pages that lead round in a circle",
    arrange: (bench) => {
      bench.answer = ({ url }) => {
        const [tag, next] = url.includes("page=2") ? ["2.0", 1] : ["1.0", 2];
        const link = `</v2/team/app/tags/list?page=${next}>; rel="next"`;
        return Response.json({ tags: [tag] }, { headers: { link } });
      };
    },
    act: (client) => client.tags(),
    truth: () => ["1.0", "2.0"],
    plainFetch: "endless",
    bayplan: "RESPONSE_INVALID",
    check: (bench) => expect(bench.seen).toHaveLength(3),
  },
  {
    name: "Next page on another server",
    arrange: async (bench) => {
      const link = `<${await bench.openOther()}/v2/team/app/tags/list?last=1.0>; rel="next"`;
      bench.answer = () => Response.json({ tags: ["1.0"] }, { headers: { link } });
    },
    ...listTags,
    plainFetch: "wrong",
    bayplan: "RESPONSE_INVALID",
    check: (bench) => expect(bench.elsewhere).toEqual([]),
  },
  {
    name: "tags: null",
    arrange: (bench) => {
      bench.answer = () => Response.json({ name: "team/app", tags: null });
    },
    act: (client) => client.tags(),
    truth: () => [],
    plainFetch: "throws",
    bayplan: "right",
  },
];
