import { describe, expect, it } from "vitest";
import { defineConfig } from "../definition/parse-definition.ts";
import { fillInputs } from "./fill-inputs.ts";

const inputs = { version: "{version}", image: "the {image}", where: "{destination}", numpy: "{numpy}", a: "{base:x}" };

function images(own: Readonly<Record<string, string>>) {
  const { images: defined } = defineConfig({
    repository: "registry.example/{image}",
    version: { source: "fixed", scheme: "semver" },
    companions: { numpy: { source: "numpy", scheme: "semver" } },
    images: { x: { workflow: "x.yml" }, one: { workflow: "a.yml", base: "x" }, two: { workflow: "a.yml", base: "x" } },
    defaults: { inputs: own },
    tags: ["{version}"],
  });
  return defined;
}

describe("fillInputs", () => {
  const [, one, two] = images({ version: "{version}", destination: "{destination}", numpy: "{numpy}" });
  if (one === undefined || two === undefined) throw new Error("there are three images");
  const companions = { numpy: "2.4.0" };

  it("fills in what is known, by name in canonical order, and leaves open what is not", () => {
    const filled = fillInputs({ image: { ...one, inputs }, version: "1.0.0", companions });
    expect(JSON.stringify(filled)).toBe(
      JSON.stringify({
        inputs: { a: "{base:x}", image: "the one", numpy: "2.4.0", version: "1.0.0", where: "{destination}" },
        args: { image: "the one", numpy: "2.4.0", version: "1.0.0" },
      }),
    );
  });

  it("is shared by images whose inputs and values are the same", () => {
    const filled = fillInputs({ image: one, version: "1.0.0", companions });
    expect(fillInputs({ image: two, version: "1.0.0", companions })).toBe(filled);
  });

  it("is not shared across images that are named in it, versions and companions", () => {
    const image = { ...one, inputs };
    const filled = [
      fillInputs({ image, version: "1.0.0", companions }),
      fillInputs({ image: { ...two, inputs }, version: "1.0.0", companions }),
      fillInputs({ image, version: "1.1.0", companions }),
      fillInputs({ image, version: "1.1.0", companions: { numpy: "2.5.0" } }),
      fillInputs({ image, version: "1.1.0", companions: {} }),
    ];
    expect(filled.map(({ args }) => [args["image"], args["version"], args["numpy"]])).toEqual([
      ["the one", "1.0.0", "2.4.0"],
      ["the two", "1.0.0", "2.4.0"],
      ["the one", "1.1.0", "2.4.0"],
      ["the one", "1.1.0", "2.5.0"],
      ["the one", "1.1.0", undefined],
    ]);
  });
});
