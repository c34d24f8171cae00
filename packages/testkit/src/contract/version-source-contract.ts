import { type ContractRunner, type ContractSkip, registerContract } from "./contract-runner.ts";
import {
  versionSourcePagingTests as paging,
  versionSourceFailureTests,
} from "./version-source-contract-failure-tests.ts";
import { versionSourceListingTests } from "./version-source-contract-listing-tests.ts";
import {
  type AnswerVersionSourcePage,
  type VersionSourceUnderTest,
  type VersionSourceWorld,
  withVersionSource,
} from "./version-source-contract-world.ts";

/** What the version source contract is run with. */
export interface VersionSourceContractOptions {
  readonly runner: ContractRunner;
  /** Makes the source over the server; called for every test, and `dispose` after it. */
  readonly create: (world: VersionSourceWorld) => Promise<VersionSourceUnderTest>;
  /** A page as the real server gives it, with fields that the source does not use. Called for every request. */
  readonly answer: AnswerVersionSourcePage;
  /** `false`: one answer has everything. `skip` then gives the reason for `versionSourcePagingTests`. Default `true`. */
  readonly paging?: boolean;
  /** How many versions are published. Default 9: three pages of three. */
  readonly count?: number;
  /** Tests that cannot pass, each with a reason. Default none. */
  readonly skip?: readonly ContractSkip[];
}

const tests = { ...versionSourceListingTests, ...versionSourceFailureTests, ...paging };

/** The names of all tests of the version source contract, as `skip` takes them. */
export const versionSourceContractTests: readonly string[] = Object.keys(tests);

/** The names of those that need an API with pages. */
export const versionSourcePagingTests: readonly string[] = Object.keys(paging);

/**
 * Registers the tests that every `VersionSource` must pass, over a server on a loopback socket: three pages, one that
 * fails once or for good, links that lead round in a circle or elsewhere, rate limits, answers that are cut or something
 * else. The point of most: a listing that failed never looks like a short one.
 *
 * @throws TypeError for a skip without a reason or of an unknown test.
 */
export function versionSourceContract(options: VersionSourceContractOptions): void {
  const { create, answer, paging: isPaged = true, count = 9 } = options;
  registerContract("version source contract", tests, {
    runner: options.runner,
    ...(options.skip === undefined ? {} : { skip: options.skip }),
    run: (test) => withVersionSource({ create, answer, paging: isPaged, count }, test),
  });
}
