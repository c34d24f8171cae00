import type { ECRClient, ECRClientConfig } from "@aws-sdk/client-ecr";
import { BayplanError, type CallOptions, throwIfCancelled } from "@bayplan/core";
import type { EcrTarget } from "./ecr-targets.ts";
import { errorFromAws, exceptionName } from "./error-from-aws.ts";
import { sdkTimeouts } from "./sdk-timeouts.ts";

/** The AWS SDK for Amazon ECR. */
export type EcrSdk = typeof import("@aws-sdk/client-ecr");

/** What is used of a client of the SDK. */
export type EcrClient = Pick<ECRClient, "send">;

/** What an API call is about. */
export interface EcrCallOptions extends CallOptions {
  /** Begins the message of an error, for example `Listing the images of …`. */
  readonly doing: string;
}

type Work<Output> = (sdk: EcrSdk, client: EcrClient, options: { abortSignal?: AbortSignal }) => Promise<Output>;

/** The JSON API of Amazon ECR for the hosts of one adapter. */
export interface EcrApi {
  /** The account whose registry the host is; empty for that of the credentials. */
  registryId(host: string): { readonly registryId?: string };
  /** Where calls for that host go: calls with the same key can share what is cached. */
  regionKey(host: string): string;
  /** @throws BayplanError `NOT_ALLOWED` for a host that is not the adapter's, else as `errorFromAws` says. */
  run<Output>(host: string, options: EcrCallOptions, work: Work<Output>): Promise<Output>;
  /** The same, but an exception of one of these names is given back. */
  runOr<Output>(
    host: string,
    options: EcrCallOptions & { readonly exceptions: readonly string[] },
    work: Work<Output>,
  ): Promise<{ readonly output: Output } | { readonly exception: string; readonly error: BayplanError }>;
  /** Ends the connections of the clients that were made here. */
  close(): void;
}

/** How the API is reached. */
export interface EcrApiOptions {
  readonly targets: ReadonlyMap<string, EcrTarget>;
  readonly client?: EcrClient;
  readonly credentials?: ECRClientConfig["credentials"];
  readonly profile?: string;
}

// Describe* has low limits; 8 tries are what users settle for: https://github.com/mondoohq/mql/pull/8450
const maxAttempts = 8;

/**
 * One client per region, made with the first call, and the SDK loaded with it: it costs as much start-up time as
 * everything else together. The SDK's own retries are the only ones.
 */
export function createEcrApi(options: EcrApiOptions): EcrApi {
  const { targets, client } = options;
  const made = new Map<string, ECRClient>();

  function targetOf(host: string): EcrTarget {
    const target = targets.get(host);
    if (target !== undefined) return target;
    throw new BayplanError(
      "NOT_ALLOWED",
      `This adapter answers for ${[...targets.keys()].join(", ")}, not for ${host}. Use another adapter, or add the host.`,
    );
  }

  const regionKey = (host: string): string => {
    const { region, fips, dualStack } = targetOf(host);
    return [region ?? "", fips ? "fips" : "", dualStack ? "dual" : ""].join("/");
  };

  function clientFor(host: string, sdk: EcrSdk): EcrClient {
    if (client !== undefined) return client;
    const key = regionKey(host);
    const known = made.get(key);
    if (known !== undefined) return known;
    const { region, fips, dualStack } = targetOf(host);
    const { credentials, profile } = options;
    const fresh = new sdk.ECRClient({
      maxAttempts,
      requestHandler: sdkTimeouts,
      ...(region === undefined ? {} : { region }),
      ...(fips ? { useFipsEndpoint: true } : {}),
      ...(dualStack ? { useDualstackEndpoint: true } : {}),
      ...(credentials === undefined ? {} : { credentials }),
      ...(profile === undefined ? {} : { profile }),
    });
    made.set(key, fresh);
    return fresh;
  }

  const runOr: EcrApi["runOr"] = async (host, { doing, signal, exceptions }, work) => {
    targetOf(host);
    throwIfCancelled(signal);
    const sdk = await import("@aws-sdk/client-ecr");
    try {
      const output = await work(sdk, clientFor(host, sdk), signal === undefined ? {} : { abortSignal: signal });
      return { output };
    } catch (cause) {
      throwIfCancelled(signal);
      const error = errorFromAws(cause, doing);
      const exception = exceptionName(cause);
      if (exceptions.includes(exception)) return { exception, error };
      throw error;
    }
  };

  return {
    regionKey,
    registryId(host) {
      const { accountId } = targetOf(host);
      return accountId === undefined ? {} : { registryId: accountId };
    },
    runOr,
    async run(host, call, work) {
      const outcome = await runOr(host, { ...call, exceptions: [] }, work);
      if ("output" in outcome) return outcome.output;
      throw outcome.error;
    },
    close() {
      for (const one of made.values()) one.destroy();
    },
  };
}
