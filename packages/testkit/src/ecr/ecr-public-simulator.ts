import { randomUUID } from "node:crypto";
import { type Clock, type Digest, instantToMs } from "@bayplan/core";
import { withBody } from "../header-lines.ts";
import { realClock } from "../real-clock.ts";
import { createEmbeddedRegistry } from "../registry/embedded-registry.ts";
import { jsonResponse } from "../registry/refusal.ts";
import { createSimulatedServer, type SimulatedServer } from "../simulated-server.ts";
import { EcrRefusal, ecrJson, ecrRefusal } from "./ecr-answer.ts";
import { createEcrIdentities, type EcrCall, type SimulatedAwsIdentity } from "./ecr-identities.ts";

/** How a simulated Amazon ECR Public behaves. */
export interface EcrPublicSimulatorOptions {
  /** For the end of tokens. Default real time. */
  readonly clock?: Clock;
  /** Who may call. Default one identity with the access key ID `AKIASIMULATED0000000` that may log in. */
  readonly identities?: readonly SimulatedAwsIdentity[];
}

/** An Amazon ECR Public without a socket: registry below `/v2/`, its API at `/`, on any host. */
export interface EcrPublicSimulator extends SimulatedServer {
  /** Every use of a permission, refused ones included. */
  readonly calls: readonly EcrCall[];
  /** Digest by tag by repository, now. */
  snapshot(): Readonly<Record<string, Readonly<Record<string, Digest>>>>;
}

/**
 * A strict registry that anybody may pull from, by tokens of the realm `/token/` with the scope `aws`; user `AWS` and a
 * password of GetAuthorizationToken, signed for us-east-1, may push. Of its API only that call.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html
 */
export function createEcrPublicSimulator(options: EcrPublicSimulatorOptions = {}): EcrPublicSimulator {
  const { clock = realClock } = options;
  const allow = ["ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"];
  const given = options.identities ?? [{ accessKeyId: "AKIASIMULATED0000000", allow }];
  const identities = createEcrIdentities(given, { accountId: "123456789012", clock });
  const embedded = createEmbeddedRegistry({ clock });
  const tokens = new Map<string, { readonly arn: string | undefined; readonly expiresMs: number }>();

  function answerApi(request: Request, target: string): Response {
    const identity = identities.signer(request, { region: "us-east-1", service: "ecr-public" });
    if (target !== "SpencerFrontendService.GetAuthorizationToken") throw ecrRefusal("UnknownOperationException", "");
    for (const action of allow) {
      const reason = identities.refusal(identity, { action, resource: "*", via: "api" });
      if (reason !== undefined) throw ecrRefusal("AccessDeniedException", reason);
    }
    const { password, expiresMs } = identities.issuePassword(identity);
    const authorizationToken = Buffer.from(`AWS:${password}`).toString("base64");
    return ecrJson(200, { authorizationData: { authorizationToken, expiresAt: expiresMs / 1000 } });
  }

  function challenge(request: Request): Response {
    const realm = `Bearer realm="${new URL(request.url).origin}/token/",service="public.ecr.aws",scope="aws"`;
    return refused({ status: 401, code: "UNAUTHORIZED", message: "Not Authorized" }, { "www-authenticate": realm });
  }

  // Whatever the scope that is asked for, the token is good for every repository.
  function giveToken(request: Request, identify: (user: string) => void): Response {
    const header = request.headers.get("authorization");
    const text = Buffer.from(/^Basic (.+)$/i.exec(header ?? "")?.[1] ?? "", "base64").toString("utf8");
    const found = text.startsWith("AWS:") ? identities.holder(text.slice(4)) : undefined;
    if (header !== null && (found === undefined || found.isOver)) {
      return refused({ status: 401, code: "UNAUTHORIZED", message: "authentication required" });
    }
    const arn = found?.identity.arn;
    if (arn !== undefined) identify(arn);
    const token = randomUUID();
    tokens.set(token, { arn, expiresMs: instantToMs(clock.now()) + 12 * 3_600_000 });
    return jsonResponse(200, { token });
  }

  async function answerRegistry(request: Request, identify: (user: string) => void): Promise<Response> {
    const [, bearer = ""] = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
    const known = tokens.get(bearer);
    if (known === undefined || known.expiresMs <= instantToMs(clock.now())) return challenge(request);
    if (known.arn !== undefined) identify(known.arn);
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isRead && known.arn === undefined) return refused({ status: 403, code: "DENIED", message: "Not Authorized" });
    const response = await embedded.fetch(request);
    // The answer of a server within a server has an address already.
    return withBody(response, response.body);
  }

  const server = createSimulatedServer(async (request, identify) => {
    const target = request.headers.get("x-amz-target");
    try {
      if (target !== null) return answerApi(request, target);
    } catch (error) {
      if (error instanceof EcrRefusal) return error.response;
      throw error;
    }
    return new URL(request.url).pathname === "/token/"
      ? giveToken(request, identify)
      : answerRegistry(request, identify);
  }, clock);

  return { ...server, calls: identities.calls, snapshot: () => embedded.snapshot() };
}

function refused(
  answer: { readonly status: number; readonly code: string; readonly message: string },
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status, ...error } = answer;
  return jsonResponse(status, { errors: [error] }, headers);
}
