import type { STSClientConfig } from "@aws-sdk/client-sts";
import { BayplanError, type CallOptions, throwIfCancelled } from "@bayplan/core";
import { checkRegion } from "./ecr-host.ts";
import { errorFromAws } from "./error-from-aws.ts";
import { sdkTimeouts } from "./sdk-timeouts.ts";

/** Whose account is asked for. */
export interface FindEcrAccountOptions extends CallOptions {
  /** Default `AWS_REGION`, then `AWS_DEFAULT_REGION`, then that of the profile. */
  readonly region?: string;
  /** Keys, or a function of the SDK that gives them. Default the SDK's own credential chain. */
  readonly credentials?: STSClientConfig["credentials"];
  readonly profile?: string;
}

/**
 * The account that the AWS credentials belong to, and the region, as `createEcrRegistry` takes them. Needs one request
 * to AWS STS (GetCallerIdentity, which everybody may), and loads its client for that: who knows the account does not
 * need this. Nothing is cached: ask once and pass it on.
 *
 * @throws BayplanError `UNAUTHORIZED` without usable credentials, `INVALID_INPUT` without a region.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export async function findEcrAccount(
  options: FindEcrAccountOptions = {},
): Promise<{ readonly accountId: string; readonly region: string }> {
  const { signal, credentials, profile } = options;
  const given = options.region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  if (given !== undefined) checkRegion(given);
  throwIfCancelled(signal);
  const sdk = await import("@aws-sdk/client-sts");
  const client = new sdk.STSClient({
    requestHandler: sdkTimeouts,
    ...(given === undefined ? {} : { region: given }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(profile === undefined ? {} : { profile }),
  });
  try {
    const region = checkRegion(given ?? (await client.config.region().catch(() => undefined)));
    const abort = signal === undefined ? {} : { abortSignal: signal };
    const { Account = "" } = await client.send(new sdk.GetCallerIdentityCommand({}), abort);
    if (/^\d{12}$/.test(Account)) return { accountId: Account, region };
    throw new BayplanError("RESPONSE_INVALID", "AWS STS named no account of 12 digits. Check the endpoint.");
  } catch (cause) {
    throwIfCancelled(signal);
    throw errorFromAws(cause, "Asking AWS for the account");
  } finally {
    client.destroy();
  }
}
