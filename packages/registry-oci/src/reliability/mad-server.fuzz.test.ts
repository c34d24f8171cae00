import { isBayplanError } from "@bayplan/core";
import { createHttpClient } from "@bayplan/runtime";
import { createVirtualClock } from "@bayplan/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createOciRegistry } from "../create-oci-registry.ts";
import { adapterOperations } from "./adapter-operations.ts";
import { arbitraryAnswer, toResponse } from "./arbitrary-answers.ts";

const repository = { registry: "registry.test", repository: "team/app" };
const credentials = { username: "bayplan", password: "dummy-password" };
const mostRequests = 400;

it.each(Object.entries(adapterOperations))(
  "%s ends, and with nothing but a BayplanError of one line, whatever a server answers",
  async (_, operation) => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryAnswer, { minLength: 1, maxLength: 12 }), async (answers) => {
        let requests = 0;
        const clock = createVirtualClock({ auto: true });
        const http = createHttpClient({
          clock,
          random: () => 1,
          retries: 1,
          fetch: async () => {
            requests += 1;
            if (requests > mostRequests) throw new Error("This does not end.");
            return toResponse(answers[(requests - 1) % answers.length] ?? { status: 500, headers: {}, body: "" });
          },
        });
        const registry = createOciRegistry({ hosts: ["registry.test"], http, clock, credentials, maxPages: 5 });
        const error: unknown = await operation(registry, repository).then(
          () => undefined,
          (caught: unknown) => caught,
        );
        if (error === undefined) return;
        if (!isBayplanError(error)) throw error;
        expect(error.message).not.toMatch(/\p{Cc}/u);
        expect(error.message.length).toBeLessThan(2000);
        expect(error.message).not.toContain("dummy-password");
        expect(requests).toBeLessThan(mostRequests);
      }),
      { numRuns: 100 },
    );
  },
);
