import { type ContractRunner, type ContractSkip, registerContract } from "./contract-runner.ts";
import { registryContentTests } from "./registry-content-tests.ts";
import { createRegistryFixture, type RegistryUnderTest } from "./registry-fixture.ts";
import { registryManyTests } from "./registry-many-tests.ts";
import { registryRefusalTests } from "./registry-refusal-tests.ts";
import { registryTagTests } from "./registry-tag-tests.ts";

/** What the registry contract is run with. */
export interface RegistryContractOptions {
  readonly runner: ContractRunner;
  /** Makes an adapter over an empty registry; called for every test, and `dispose` after it. */
  readonly create: () => Promise<RegistryUnderTest>;
  /** Tests that cannot pass, each with a reason. Default none. */
  readonly skip?: readonly ContractSkip[];
}

const tests = { ...registryContentTests, ...registryManyTests, ...registryTagTests, ...registryRefusalTests };

/** The names of all tests of the registry contract, as `skip` takes them. */
export const registryContractTests: readonly string[] = Object.keys(tests);

/**
 * Registers the tests that every `RegistryAdapter` must pass.
 *
 * @throws TypeError for a skip without a reason or of an unknown test.
 */
export function registryContract(options: RegistryContractOptions): void {
  registerContract("registry contract", tests, {
    runner: options.runner,
    ...(options.skip === undefined ? {} : { skip: options.skip }),
    run: async (test) => {
      const underTest = await options.create();
      try {
        await test(createRegistryFixture(underTest));
      } finally {
        await underTest.dispose();
      }
    },
  });
}
