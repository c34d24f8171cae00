/** Where a programme finds the registry and leaves its report. */
export interface OciPlace {
  /** For example `http://127.0.0.1:41234`. */
  readonly origin: string;
  readonly host: string;
  /** A folder that exists; the report is its `junit.xml`. */
  readonly results: string;
  /** Not given for a registry that asks nobody. */
  readonly login?: { readonly username: string; readonly password: string };
}

/** A generation of the OCI conformance programme (opencontainers/distribution-spec, folder `conformance`). */
export interface OciProgramme {
  readonly name: string;
  /** The environment variable that names its binary. */
  readonly variable: string;
  /** All of its environment, with the settings of distribution 1.1. */
  readonly environment: (place: OciPlace) => Readonly<Record<string, string>>;
  /** Texts in the name or output of tests that are skipped by settings, not for want of the registry. */
  readonly off: readonly string[];
}

/** Both generations: the tests that were current with distribution 1.1.1, and the programme that replaced them in 2026. */
export const ociProgrammes: readonly OciProgramme[] = [
  {
    name: "tests of 2025",
    variable: "BAYPLAN_OCI_CONFORMANCE_2025",
    environment: ({ origin, results, login }) => ({
      ...credentials(login),
      OCI_ROOT_URL: origin,
      OCI_NAMESPACE: "conformance/repo1",
      OCI_CROSSMOUNT_NAMESPACE: "conformance/repo2",
      OCI_AUTOMATIC_CROSSMOUNT: "1",
      OCI_TEST_PULL: "1",
      OCI_TEST_PUSH: "1",
      OCI_TEST_CONTENT_DISCOVERY: "1",
      OCI_TEST_CONTENT_MANAGEMENT: "1",
      OCI_REPORT_DIR: results,
    }),
    off: [
      // For registries that cannot be pushed to.
      "Get tag name from environment",
      "Populate registry with test tags (no push)",
      // For registries that answer every mount by an upload, or mounts without a source.
      "Cross-mounting of nonexistent blob should yield session id",
      "automatic content discovery disabled should return a 202",
    ],
  },
  {
    name: "programme of 2026",
    variable: "BAYPLAN_OCI_CONFORMANCE",
    environment: ({ host, results, login }) => ({
      ...credentials(login),
      OCI_REGISTRY: host,
      OCI_TLS: "disabled",
      OCI_REPO1: "conformance/repo1",
      OCI_REPO2: "conformance/repo2",
      OCI_VERSION: "1.1",
      OCI_RESULTS_DIR: results,
    }),
    off: ["is disabled in the configuration"],
  },
];

function credentials(login: OciPlace["login"]): Readonly<Record<string, string>> {
  return login === undefined ? {} : { OCI_USERNAME: login.username, OCI_PASSWORD: login.password };
}
