import type { Clock } from "@bayplan/core";
import type { CredentialsFunction } from "@bayplan/registry-oci";
import type { EcrApi } from "./ecr-api.ts";
import { createKeptPassword } from "./kept-password.ts";

/**
 * Gives user and password for the adapter's registries. One password is good for all registries of a region that the
 * identity may use, so there is one login per region.
 */
export function createEcrCredentials(api: EcrApi, clock: Clock): CredentialsFunction {
  return createKeptPassword({
    clock,
    keyOf: (host) => api.regionKey(host),
    async login(host, call) {
      const doing = `Logging in to Amazon ECR for ${host}`;
      const { authorizationData } = await api.run(host, { ...call, doing }, (sdk, client, options) =>
        client.send(new sdk.GetAuthorizationTokenCommand({}), options),
      );
      return authorizationData?.[0]?.authorizationToken;
    },
  });
}
