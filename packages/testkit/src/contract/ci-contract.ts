import { ciDispatchTests } from "./ci-contract-dispatch-tests.ts";
import { type CiUnderTest, createCiFixture } from "./ci-contract-fixture.ts";
import { ciRunTests } from "./ci-contract-run-tests.ts";
import { type ContractRunner, type ContractSkip, registerContract } from "./contract-runner.ts";

/** What the CI contract is run with. */
export interface CiContractOptions {
  readonly runner: ContractRunner;
  /** Makes a CI without runs; called for every test, and `dispose` after it. */
  readonly create: () => Promise<CiUnderTest>;
  /** Tests that cannot pass, each with a reason. Default none. */
  readonly skip?: readonly ContractSkip[];
}

const tests = { ...ciDispatchTests, ...ciRunTests };

/** The names of all tests of the CI contract, as `skip` takes them. */
export const ciContractTests: readonly string[] = Object.keys(tests);

/**
 * Registers the tests that every `CiAdapter` must pass. The point of most: the same key never builds twice at once,
 * whatever is lost or late.
 *
 * @throws TypeError for a skip without a reason or of an unknown test.
 */
export function ciContract(options: CiContractOptions): void {
  registerContract("CI contract", tests, {
    runner: options.runner,
    ...(options.skip === undefined ? {} : { skip: options.skip }),
    run: async (test) => {
      const underTest = await options.create();
      try {
        await test(createCiFixture(underTest));
      } finally {
        await underTest.dispose();
      }
    },
  });
}
