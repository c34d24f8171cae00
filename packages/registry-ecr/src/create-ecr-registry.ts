import type { ECRClient } from "@aws-sdk/client-ecr";
import { BayplanError, type Clock } from "@bayplan/core";
import { createOciRegistry, type OciRegistry } from "@bayplan/registry-oci";
import { type FetchLike, type HttpClient, systemClock } from "@bayplan/runtime";
import { createEcrCredentials } from "./ecr-credentials.ts";

/** How to reach a private Amazon ECR registry. Either `accountId` or `hosts` says which one. */
export interface EcrRegistryOptions {
  /** 12 digits; with the region it gives the host `<account>.dkr.ecr.<region>.amazonaws.com`. */
  readonly accountId?: string;
  /** Default `AWS_REGION`, then `AWS_DEFAULT_REGION`. */
  readonly region?: string;
  /** Exact hosts instead, for FIPS or dual-stack names and for simulators. */
  readonly hosts?: readonly string[];
  /** Client of the AWS SDK. Default: one with the SDK's own credential chain, loaded and made with the first request. */
  readonly client?: Pick<ECRClient, "send">;
  /** Replaces the built-in transport to the registry; the AWS API is always spoken to by `client`. */
  readonly fetch?: FetchLike;
  /** A client of your own for the registry, which you also close. */
  readonly http?: HttpClient;
  /** Default `systemClock`. */
  readonly clock?: Clock;
}

/**
 * An adapter for Amazon ECR (private registries).
 *
 * Logs in by `GetAuthorizationToken`, once for all callers; the password is kept for 11 of its 12 hours and renewed when
 * the registry refuses it.
 *
 * @throws BayplanError `INVALID_INPUT` without a region, without an account or hosts, or when one of them cannot be right.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
 */
export function createEcrRegistry(options: EcrRegistryOptions = {}): OciRegistry {
  const { client, fetch, http, clock = systemClock } = options;
  const region = checkRegion(options.region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"]);
  const credentials = createEcrCredentials({ region, clock, ...(client === undefined ? {} : { client }) });
  return createOciRegistry({
    id: "ecr",
    hosts: options.hosts ?? [ecrHost(options.accountId, region)],
    credentials: (_host, request) => credentials(request),
    clock,
    ...(fetch === undefined ? {} : { fetch }),
    ...(http === undefined ? {} : { http }),
  });
}

function checkRegion(region: string | undefined): string {
  if (region !== undefined && /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/.test(region)) return region;
  const found = region === undefined ? "No AWS region is known" : `"${region.slice(0, 40)}" is not an AWS region`;
  throw new BayplanError("INVALID_INPUT", `${found}. Pass region or set AWS_REGION, for example eu-central-1.`);
}

function ecrHost(accountId: string | undefined, region: string): string {
  if (accountId === undefined || !/^\d{12}$/.test(accountId)) {
    throw new BayplanError(
      "INVALID_INPUT",
      "Pass accountId, the 12 digits of the AWS account that owns the registry, or hosts.",
    );
  }
  return `${accountId}.dkr.ecr.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}
