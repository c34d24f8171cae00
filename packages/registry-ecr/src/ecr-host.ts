import { BayplanError } from "@bayplan/core";

/** What the host name of a private Amazon ECR registry says. */
export interface EcrHost {
  /** 12 digits. */
  readonly accountId: string;
  /** For example `eu-central-1`. */
  readonly region: string;
  /** Whether it is an endpoint validated for FIPS 140-3. Default `false`. */
  readonly fips?: boolean;
  /** Whether it is reached by IPv6 as well as by IPv4. Default `false`. */
  readonly dualStack?: boolean;
}

interface Partition {
  readonly regions: RegExp;
  readonly suffix: string;
  readonly dualStackSuffix?: string;
  readonly hasFips?: true;
}

// The partitions of the AWS SDK, with the names that registries (not the API) have there:
// https://docs.aws.amazon.com/general/latest/gr/ecr.html and the amazon-ecr-credential-provider of Kubernetes.
// Where no dual-stack or FIPS name of a registry is documented, none is made up.
const partitions: readonly Partition[] = [
  { regions: /^us-gov-[a-z]+-\d{1,2}$/, suffix: "amazonaws.com", dualStackSuffix: "on.aws", hasFips: true },
  { regions: /^us-iso-[a-z]+-\d{1,2}$/, suffix: "c2s.ic.gov" },
  { regions: /^us-isob-[a-z]+-\d{1,2}$/, suffix: "sc2s.sgov.gov" },
  { regions: /^us-isof-[a-z]+-\d{1,2}$/, suffix: "csp.hci.ic.gov" },
  { regions: /^eu-isoe-[a-z]+-\d{1,2}$/, suffix: "cloud.adc-e.uk" },
  { regions: /^eusc-[a-z]{2}-[a-z]+-\d{1,2}$/, suffix: "amazonaws.eu" },
  {
    regions: /^cn-[a-z]+-\d{1,2}$/,
    suffix: "amazonaws.com.cn",
    dualStackSuffix: "on.amazonwebservices.com.cn",
  },
  { regions: /^[a-z]{2}-[a-z]+-\d{1,2}$/, suffix: "amazonaws.com", dualStackSuffix: "on.aws", hasFips: true },
];

/**
 * The host name of an account's registry in a region, in whichever partition that is.
 *
 * @throws BayplanError `INVALID_INPUT` for an account or region that is none, and where the partition has no such name.
 */
export function formatEcrHost({ accountId, region, fips = false, dualStack = false }: EcrHost): string {
  if (!/^\d{12}$/.test(accountId)) {
    throw new BayplanError("INVALID_INPUT", "An AWS account has 12 digits. Pass accountId like 123456789012.");
  }
  const partition = partitionOf(region);
  if (partition === undefined) throw notARegion(region);
  const suffix = dualStack ? partition.dualStackSuffix : partition.suffix;
  if (suffix === undefined || (fips && partition.hasFips !== true)) {
    const lacking = suffix === undefined ? "dual-stack" : "FIPS";
    const message = `Amazon ECR has no ${lacking} registries in ${region}, as far as is known. Leave the option out, or pass hosts.`;
    throw new BayplanError("INVALID_INPUT", message);
  }
  return `${accountId}.${dualStack ? "dkr-ecr" : "dkr.ecr"}${fips ? "-fips" : ""}.${region}.${suffix}`;
}

/** What a host name of a private Amazon ECR registry says; `undefined` for any other host. */
export function parseEcrHost(host: string): Required<EcrHost> | undefined {
  const [, accountId, style, fips, region = "", suffix] =
    /^(\d{12})\.(dkr[.-]ecr)(-fips)?\.([a-z0-9-]+)\.([a-z0-9.-]+)$/.exec(host) ?? [];
  const partition = partitionOf(region);
  if (accountId === undefined || partition === undefined) return undefined;
  const dualStack = style === "dkr-ecr";
  if (suffix !== (dualStack ? partition.dualStackSuffix : partition.suffix)) return undefined;
  if (fips !== undefined && partition.hasFips !== true) return undefined;
  return { accountId, region, fips: fips !== undefined, dualStack };
}

/**
 * The region, checked.
 *
 * @throws BayplanError `INVALID_INPUT` when there is none or it is none.
 */
export function checkRegion(region: string | undefined): string {
  if (region !== undefined && partitionOf(region) !== undefined) return region;
  throw notARegion(region);
}

function partitionOf(region: string): Partition | undefined {
  return partitions.find(({ regions }) => regions.test(region));
}

function notARegion(region: string | undefined): BayplanError {
  const found = region === undefined ? "No AWS region is known" : `"${region.slice(0, 40)}" is not an AWS region`;
  return new BayplanError("INVALID_INPUT", `${found}. Pass region or set AWS_REGION, for example eu-central-1.`);
}
