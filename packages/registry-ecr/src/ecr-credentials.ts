import type { ECRClient, GetAuthorizationTokenCommandOutput } from "@aws-sdk/client-ecr";
import { BayplanError, type CallOptions, type Clock, instantToMs } from "@bayplan/core";
import type { Credentials, CredentialsRequest } from "@bayplan/registry-oci";
import { createSharedWork } from "@bayplan/runtime";
import { errorFromAws } from "./error-from-aws.ts";

/** What a login needs. */
interface EcrCredentialsOptions {
  readonly region: string;
  readonly clock: Clock;
  readonly client?: Pick<ECRClient, "send">;
}

// The password is good for 12 hours: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
const keptMs = 11 * 3_600_000;
// A password this young that is refused will not get better by asking for another one.
const freshMs = 60_000;

/** Gives user and password for a region's registries; one request to AWS serves all callers for 11 hours. */
export function createEcrCredentials(
  options: EcrCredentialsOptions,
): (request: CredentialsRequest) => Promise<Credentials> {
  const shared = createSharedWork<Credentials>();
  let cached: { readonly credentials: Credentials; readonly fromMs: number } | undefined;
  let client = options.client;

  async function login(call: CallOptions): Promise<Credentials> {
    const askedMs = instantToMs(options.clock.now());
    // Loaded here: the SDK costs as much start-up time as everything else together.
    const sdk = await import("@aws-sdk/client-ecr");
    client ??= new sdk.ECRClient({ region: options.region });
    let output: GetAuthorizationTokenCommandOutput;
    try {
      output = await client.send(
        new sdk.GetAuthorizationTokenCommand({}),
        call.signal === undefined ? {} : { abortSignal: call.signal },
      );
    } catch (cause) {
      throw errorFromAws(cause, `Logging in to Amazon ECR in ${options.region}`);
    }
    const credentials = decode(output.authorizationData?.[0]?.authorizationToken);
    cached = { credentials, fromMs: askedMs };
    return credentials;
  }

  return async ({ refresh, ...call }) => {
    const ageMs = cached === undefined ? undefined : instantToMs(options.clock.now()) - cached.fromMs;
    const isGood = ageMs !== undefined && ageMs < (refresh ? freshMs : keptMs);
    return cached !== undefined && isGood ? cached.credentials : shared("login", login, call);
  };
}

function decode(token: string | undefined): Credentials {
  const text = Buffer.from(token ?? "", "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon > 0 && colon < text.length - 1) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  throw new BayplanError("RESPONSE_INVALID", "Amazon ECR gave no usable authorization token. Check the endpoint.");
}
