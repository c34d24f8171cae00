import type { CiAdapter, RegistryAdapter } from "@bayplan/core";
import { tagReference } from "@bayplan/core";
import { describe, expect, it } from "vitest";
import type { Sabotage } from "./chaos-world.ts";
import { judgeChaos, violationsIn } from "./judge-chaos.ts";

const mostSeeds = 60;

/** The first seed that notices, and what it says. */
async function caught(sabotage: Sabotage, invariant: RegExp): Promise<string | undefined> {
  for (let seed = 1; seed <= mostSeeds; seed += 1) {
    const found = violationsIn(await judgeChaos(seed, sabotage)).find((what) => invariant.test(what));
    if (found !== undefined) return found;
  }
  return undefined;
}

const registries =
  (broken: (registry: RegistryAdapter) => Partial<RegistryAdapter>): Sabotage =>
  (ports) => ({ ...ports, registries: ports.registries.map((one) => ({ ...one, ...broken(one) })) });

const ci =
  (broken: (adapter: CiAdapter) => Partial<CiAdapter>): Sabotage =>
  (ports) => ({ ...ports, ci: { ...ports.ci, ...broken(ports.ci) } });

// An invariant that nothing can break would prove nothing.
describe("the invariants notice a coordinator that", () => {
  const cases: readonly (readonly [string, RegExp, Sabotage])[] = [
    [
      "writes tags whatever they show",
      /exact tags/,
      registries((registry) => ({
        tag: async (target, tag, _expected, call) => {
          const shown = await registry.resolve(tagReference(target, tag), call);
          return registry.tag(target, tag, shown.state === "present" ? shown.descriptor : { absent: true }, call);
        },
      })),
    ],
    [
      "takes every failure for absent",
      /nothing is built that is there/,
      registries((registry) => {
        const resolve: RegistryAdapter["resolve"] = async (reference, call) => {
          try {
            return await registry.resolve(reference, call);
          } catch {
            return { state: "absent" };
          }
        };
        return { resolve, resolveMany: undefined as never };
      }),
    ],
    [
      "says that it wrote tags which it did not write",
      /what is reported as done/,
      registries(() => ({ tag: async () => ({ guarantee: "checked", previous: { absent: true }, changed: true }) })),
    ],
    [
      "takes a run that has begun for one that has succeeded",
      /no test has passed/,
      ci(() => ({
        async *watch() {
          yield { state: "completed", conclusion: "success" };
        },
      })),
    ],
    [
      "fails with an error that nobody foresaw",
      /every step has one outcome/,
      ci(() => ({ dispatch: () => Promise.reject(new TypeError("nobody foresaw this")) })),
    ],
  ];
  for (const [what, invariant, sabotage] of cases) {
    it(what, async () => expect(await caught(sabotage, invariant)).toBeDefined(), 300_000);
  }
});
