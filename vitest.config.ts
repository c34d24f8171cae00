import { defineConfig } from "vitest/config";

// Tests run on source: the scoped condition makes every `@bayplan/*` import resolve to `src/`.
const conditions = ["@bayplan/source", "node", "import", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "examples/*/src/**/*.test.ts",
      "conformance/src/**/*.test.ts",
      "bench/src/**/*.test.ts",
      "test/**/*.test.ts",
    ],
    // Its files import JSON without saying so, which Node 20 refuses.
    server: { deps: { inline: [/@actions\//] } },
    typecheck: { enabled: false },
    testTimeout: 30_000,
  },
});
