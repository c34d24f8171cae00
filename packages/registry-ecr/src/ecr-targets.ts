import { BayplanError } from "@bayplan/core";
import { checkRegion, formatEcrHost, parseEcrHost } from "./ecr-host.ts";

/** Where the API for a registry host is, and whose registry it is. */
export interface EcrTarget {
  /** `undefined` leaves it to the SDK, which reads the profile. */
  readonly region: string | undefined;
  /** `undefined` is the account of the credentials. */
  readonly accountId: string | undefined;
  readonly fips: boolean;
  readonly dualStack: boolean;
}

/** What an adapter is told of its registries. */
export interface EcrTargetOptions {
  readonly accountId?: string;
  readonly region?: string;
  readonly fips?: boolean;
  readonly dualStack?: boolean;
  readonly hosts?: readonly string[];
  readonly profile?: string;
}

/**
 * The hosts of an adapter and what each stands for. A region comes from the options or the host, which must not
 * contradict each other, then from `AWS_REGION`, then from `AWS_DEFAULT_REGION`; it is never guessed.
 *
 * @throws BayplanError `INVALID_INPUT` for what is missing, wrong or contradictory.
 */
export function readEcrTargets(options: EcrTargetOptions): ReadonlyMap<string, EcrTarget> {
  const { accountId, fips = false, dualStack = false } = options;
  const fromEnv = (): string | undefined => process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  if (options.hosts === undefined) {
    const region = checkRegion(options.region ?? fromEnv());
    if (accountId === undefined) {
      throw new BayplanError(
        "INVALID_INPUT",
        "Whose registry? Pass accountId, the 12 digits of an AWS account, or hosts. findEcrAccount() asks AWS for your own.",
      );
    }
    return new Map([[formatEcrHost({ accountId, region, fips, dualStack }), { region, accountId, fips, dualStack }]]);
  }
  return new Map(
    options.hosts.map((host) => {
      const parsed = parseEcrHost(host);
      for (const name of ["region", "accountId"] as const) {
        if (parsed === undefined || options[name] === undefined || parsed[name] === options[name]) continue;
        const message = `${host} says ${name} ${parsed[name]}, the options say ${options[name]}. Leave ${name} out.`;
        throw new BayplanError("INVALID_INPUT", message);
      }
      if (parsed !== undefined) return [host, parsed];
      const region = options.region ?? fromEnv();
      const isLeftToProfile = region === undefined && options.profile !== undefined;
      return [host, { region: isLeftToProfile ? undefined : checkRegion(region), accountId, fips, dualStack }];
    }),
  );
}
