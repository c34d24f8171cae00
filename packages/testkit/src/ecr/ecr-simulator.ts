import { type Clock, type Digest, instantToMs } from "@bayplan/core";
import type { InjectedFault } from "../fault.ts";
import { realClock } from "../real-clock.ts";
import { Refusal } from "../registry/refusal.ts";
import { createUploadSessions } from "../registry/upload-sessions.ts";
import { createSimulatedServer, type SimulatedServer } from "../simulated-server.ts";
import { EcrRefusal, ecrJson, ecrRefusal } from "./ecr-answer.ts";
import type { EcrAction, EcrCallContext, EcrInput } from "./ecr-call.ts";
import { createEcrIdentities, type EcrCall, type SimulatedAwsIdentity } from "./ecr-identities.ts";
import { batchGetImage, describeImages } from "./ecr-image-reads.ts";
import { batchDeleteImage, putImage } from "./ecr-image-writes.ts";
import { type EcrQuirk, usualEcrQuirks } from "./ecr-quirk.ts";
import { answerRegistry } from "./ecr-registry-api.ts";
import { createEcrRepositories } from "./ecr-repositories.ts";
import {
  createRepository,
  describeRepositories,
  getLifecyclePolicy,
  getRepositoryPolicy,
  listTagsForResource,
  putImageScanningConfiguration,
  putImageTagMutability,
  putLifecyclePolicy,
  setRepositoryPolicy,
  tagResource,
} from "./ecr-repository-actions.ts";
import { answerSts } from "./ecr-sts.ts";

/** How a simulated Amazon ECR behaves. */
export interface EcrSimulatorOptions {
  /** Default `123456789012`. */
  readonly accountId?: string;
  /** Calls must be signed for it. Default `eu-central-1`. */
  readonly region?: string;
  /** For push and pull times and for the end of passwords. Default real time. */
  readonly clock?: Clock;
  /** Who may call. Default one identity with the access key ID `AKIASIMULATED0000000` that may do everything with ECR. */
  readonly identities?: readonly SimulatedAwsIdentity[];
  /** Who gets credentials for a token of GitHub or another issuer, by that token. Default nobody. */
  readonly webIdentities?: Readonly<
    Record<string, { readonly accessKeyId: string; readonly allow?: readonly string[] }>
  >;
  /** Repositories that are there, empty, from the beginning. Default none: pushing does not create them. */
  readonly repositories?: readonly string[];
  /** Most entries on one page, whatever the client asks for. Default 1000. */
  readonly pageSize?: number;
  /** Most images in one repository. Default 100,000. */
  readonly imageQuota?: number;
  /** Most tags on one image. Default 1000. */
  readonly tagQuota?: number;
  /** Replaces {@link usualEcrQuirks}. */
  readonly quirks?: readonly EcrQuirk[];
}

/** An Amazon ECR without a socket: registry below `/v2/`, JSON API and STS at `/`, on any host. */
export interface EcrSimulator extends SimulatedServer {
  readonly accountId: string;
  readonly region: string;
  /** Every use of a permission, refused ones included. */
  readonly calls: readonly EcrCall[];
  /** Digest by tag by repository, now. */
  snapshot(): Readonly<Record<string, Readonly<Record<string, Digest>>>>;
  /** Digests of all images of a repository, untagged ones included. */
  images(repository: string): readonly Digest[];
  /** Answers calls of that action (for example `DescribeImages`) with `ThrottlingException`, that many times. Default 1. */
  throttle(action: string, times?: number): InjectedFault;
  /** Moves an image to the archive: it is described as such, and no longer given. */
  archive(repository: string, digest: Digest): void;
}

const actions: Readonly<Record<string, EcrAction>> = {
  BatchGetImage: batchGetImage,
  DescribeImages: describeImages,
  PutImage: putImage,
  BatchDeleteImage: batchDeleteImage,
  CreateRepository: createRepository,
  DescribeRepositories: describeRepositories,
  PutImageScanningConfiguration: putImageScanningConfiguration,
  PutImageTagMutability: putImageTagMutability,
  SetRepositoryPolicy: setRepositoryPolicy,
  GetRepositoryPolicy: getRepositoryPolicy,
  PutLifecyclePolicy: putLifecyclePolicy,
  GetLifecyclePolicy: getLifecyclePolicy,
  ListTagsForResource: listTagsForResource,
  TagResource: tagResource,
};

/**
 * A strict simulation of one account's private registry in one region: what Amazon ECR refuses, it refuses, with the
 * same error. Made for the real AWS SDK; signatures are looked for, and not computed.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/Welcome.html
 */
export function createEcrSimulator(options: EcrSimulatorOptions = {}): EcrSimulator {
  const { accountId = "123456789012", region = "eu-central-1", clock = realClock } = options;
  const {
    quirks = usualEcrQuirks,
    pageSize = 1000,
    imageQuota = 100_000,
    tagQuota = 1000,
    webIdentities = {},
  } = options;
  const nowMs = (): number => instantToMs(clock.now());
  const given = options.identities ?? [{ accessKeyId: "AKIASIMULATED0000000" }];
  const identities = createEcrIdentities(given, { accountId, clock });
  const repositories = createEcrRepositories({ accountId, region, clock, imageQuota, tagQuota });
  for (const name of options.repositories ?? []) repositories.create({ name });
  const has = (quirk: EcrQuirk): boolean => quirks.includes(quirk);
  const shared = { repositories, accountId, region, pageSize, nowMs, has };
  const registry = { ...shared, identities, uploads: createUploadSessions() };

  async function answerApi(request: Request, identify: (user: string) => void): Promise<Response> {
    const identity = identities.signer(request, { region, service: "ecr" });
    identify(identity.arn);
    const name = actionOf(request) ?? "";
    const demand = (action: string, resource: string): void => {
      const reason = identities.refusal(identity, { action, resource, via: "api" });
      if (reason !== undefined) throw ecrRefusal("AccessDeniedException", reason);
    };
    const input = JSON.parse(await request.text()) as EcrInput;
    const resource = typeof input["resourceArn"] === "string" ? input["resourceArn"] : resourceOf(input);
    if (name === "GetAuthorizationToken") {
      demand("ecr:GetAuthorizationToken", "*");
      const { password, expiresMs } = identities.issuePassword(identity);
      const authorizationToken = Buffer.from(`AWS:${password}`).toString("base64");
      const proxyEndpoint = `https://${accountId}.dkr.ecr.${region}.amazonaws.com`;
      return ecrJson(200, { authorizationData: [{ authorizationToken, expiresAt: expiresMs / 1000, proxyEndpoint }] });
    }
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined) throw ecrRefusal("UnknownOperationException", "", 400);
    demand(`ecr:${name}`, resource);
    const context: EcrCallContext = { ...shared, demand };
    return ecrJson(200, await action(context, input));
  }

  function resourceOf(input: EcrInput): string {
    const names = (input["repositoryNames"] ?? [input["repositoryName"] ?? "*"]) as readonly string[];
    return `arn:aws:ecr:${region}:${accountId}:repository/${names[0] ?? "*"}`;
  }

  async function route(request: Request, identify: (user: string) => void): Promise<Response> {
    if (request.headers.has("x-amz-target")) return await answerApi(request, identify);
    const { pathname } = new URL(request.url);
    if (pathname === "/" && request.method === "POST") {
      return await answerSts(request, { ...shared, identities, webIdentities, expiresMs: nowMs() + 3_600_000 });
    }
    return await answerRegistry(registry, request, identify);
  }

  const server = createSimulatedServer(async (request, identify) => {
    try {
      return await route(request, identify);
    } catch (error) {
      if (error instanceof EcrRefusal || error instanceof Refusal) return error.response;
      throw error;
    }
  }, clock);

  return {
    ...server,
    accountId,
    region,
    calls: identities.calls,
    snapshot: () =>
      Object.fromEntries(
        repositories.names().map((name) => [name, Object.fromEntries(repositories.contents(name).tags)] as const),
      ),
    images: (repository) => [...repositories.contents(repository).manifests.keys()],
    throttle: (action, times = 1) =>
      server.inject({
        match: (request) => actionOf(request) === action,
        times,
        effect: { status: 400, headers: jsonHeaders, body: throttled },
      }),
    archive: (repository, digest) => void repositories.existing(repository).archived.add(digest),
  };
}

const jsonHeaders = { "content-type": "application/x-amz-json-1.1" };
const throttled = JSON.stringify({ __type: "ThrottlingException", message: "Rate exceeded" });

function actionOf(request: Request): string | undefined {
  return /^AmazonEC2ContainerRegistry_V20150921\.(\w+)$/.exec(request.headers.get("x-amz-target") ?? "")?.[1];
}
