import { randomUUID } from "node:crypto";
import { type Clock, instantToMs } from "@bayplan/core";
import { ecrRefusal } from "./ecr-answer.ts";

/** Who may call a simulated Amazon ECR. Its secret key is not asked for: that a request is signed is checked, not the signature. */
export interface SimulatedAwsIdentity {
  readonly accessKeyId: string;
  /** Must come with every call where it is given, as with temporary credentials. */
  readonly sessionToken?: string;
  /** Default a user of the account. */
  readonly arn?: string;
  /** IAM actions, such as `ecr:BatchGetImage`; a `*` at the end stands for anything. Default `["ecr:*"]`. */
  readonly allow?: readonly string[];
  /** Whether its credentials are over. Default `false`. */
  readonly isExpired?: boolean;
}

/** One use of a permission, by the JSON API or by what a request to the registry needs. */
export interface EcrCall {
  /** For example `ecr:PutImage`. */
  readonly action: string;
  readonly via: "api" | "registry";
  readonly arn: string;
  readonly isAllowed: boolean;
}

/** An identity and what it is called. */
export type KnownIdentity = SimulatedAwsIdentity & { readonly arn: string };

/** Who calls, and what they may do. */
export interface EcrIdentities {
  readonly calls: readonly EcrCall[];
  /** The signer of a call of the JSON API; refuses as AWS does. */
  signer(request: Request, scope: { readonly region: string; readonly service: string }): KnownIdentity;
  add(identity: SimulatedAwsIdentity): void;
  /** The reason why an identity may not do that, in AWS's words; `undefined` if it may. Noted in `calls`. */
  refusal(identity: KnownIdentity, use: { action: string; resource: string; via: EcrCall["via"] }): string | undefined;
  /** A password for the registry. */
  issuePassword(identity: KnownIdentity): { readonly password: string; readonly expiresMs: number };
  /** Who has that password. */
  holder(password: string): { readonly identity: KnownIdentity; readonly isOver: boolean } | undefined;
}

// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
const passwordLifetimeMs = 12 * 3_600_000;

/** Keeps identities, the passwords they were given, and a log of what they did. */
export function createEcrIdentities(
  given: readonly SimulatedAwsIdentity[],
  settings: { readonly accountId: string; readonly clock: Clock },
): EcrIdentities {
  const byKey = new Map<string, KnownIdentity>();
  const passwords = new Map<string, { readonly identity: KnownIdentity; readonly expiresMs: number }>();
  const calls: EcrCall[] = [];
  const nowMs = (): number => instantToMs(settings.clock.now());

  function add(identity: SimulatedAwsIdentity): void {
    const arn = identity.arn ?? `arn:aws:iam::${settings.accountId}:user/simulated-${byKey.size + 1}`;
    byKey.set(identity.accessKeyId, { ...identity, arn });
  }
  for (const identity of given) add(identity);

  return {
    calls,
    add,
    signer(request, { region, service }) {
      const header = request.headers.get("authorization");
      if (header === null) throw ecrRefusal("MissingAuthenticationTokenException", "Missing Authentication Token", 403);
      const [, accessKeyId = "", signedRegion, signedService] =
        /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=[^,]+, ?Signature=[0-9a-f]{64}$/.exec(
          header,
        ) ?? [];
      if (signedRegion === undefined) {
        throw ecrRefusal("IncompleteSignatureException", "Authorization header is not a signature of version 4.");
      }
      if (signedRegion !== region) {
        const message = `Credential should be scoped to a valid region, not '${signedRegion}'. `;
        throw ecrRefusal("InvalidSignatureException", message);
      }
      if (signedService !== service) {
        throw ecrRefusal("InvalidSignatureException", `Credential should be scoped to correct service: '${service}'. `);
      }
      const identity = byKey.get(accessKeyId);
      const token = request.headers.get("x-amz-security-token") ?? undefined;
      if (identity === undefined || token !== identity.sessionToken) {
        const message = "The security token included in the request is invalid.";
        throw ecrRefusal("UnrecognizedClientException", message);
      }
      if (identity.isExpired === true) {
        throw ecrRefusal("ExpiredTokenException", "The security token included in the request is expired");
      }
      return identity;
    },
    refusal(identity, { action, resource, via }) {
      const isAllowed = (identity.allow ?? ["ecr:*"]).some((allowed) => covers(allowed, action));
      calls.push({ action, via, arn: identity.arn, isAllowed });
      if (isAllowed) return undefined;
      return `User: ${identity.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
    },
    issuePassword(identity) {
      const password = `simulated-${randomUUID()}`;
      const expiresMs = nowMs() + passwordLifetimeMs;
      passwords.set(password, { identity, expiresMs });
      return { password, expiresMs };
    },
    holder(password) {
      const found = passwords.get(password);
      return found === undefined ? undefined : { identity: found.identity, isOver: found.expiresMs <= nowMs() };
    },
  };
}

function covers(allowed: string, action: string): boolean {
  return allowed.endsWith("*") ? action.startsWith(allowed.slice(0, -1)) : allowed === action;
}
