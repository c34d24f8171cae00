import type { RepositoryName, StoredBytes } from "@bayplan/core";
import { type BayplanError, type CallOptions, isBayplanError } from "@bayplan/core";
import type { EcrApi } from "./ecr-api.ts";

/** What became of one attempt to store a manifest or to write a tag. */
export type PutOutcome =
  | { readonly state: "written" }
  /** Tag and digest are as wanted already. */
  | { readonly state: "already" }
  /** The tag is immutable, whatever it shows. */
  | { readonly state: "immutable"; readonly error: BayplanError }
  /** Nobody knows whether it was carried out. */
  | { readonly state: "lost"; readonly error: BayplanError };

interface Unrepeated {
  readonly unrepeated: unknown;
}

/**
 * PutImage of exact bytes, checked by the registry against their digest. Sent again by the SDK only after it was refused
 * by throttling: repeated after a lost answer, it could overwrite what somebody else has written meanwhile.
 *
 * @throws BayplanError for everything else, as `errorFromAws` says.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
 */
export async function putImage(
  api: EcrApi,
  put: {
    readonly repository: RepositoryName;
    readonly manifest: StoredBytes;
    readonly tag?: string;
    readonly doing: string;
  },
  call: CallOptions,
): Promise<PutOutcome> {
  const { repository, manifest, tag, doing } = put;
  const { digest, mediaType } = manifest.descriptor;
  const exceptions = ["ImageAlreadyExistsException", "ImageTagAlreadyExistsException"];
  try {
    const outcome = await api.runOr(
      repository.registry,
      { ...call, doing, exceptions },
      async (sdk, client, options) => {
        const command = new sdk.PutImageCommand({
          ...api.registryId(repository.registry),
          repositoryName: repository.repository,
          imageManifest: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(manifest.bytes),
          imageManifestMediaType: mediaType,
          imageDigest: digest,
          ...(tag === undefined ? {} : { imageTag: tag }),
        });
        command.middlewareStack.addRelativeTo(writeOnce, {
          relation: "after",
          toMiddleware: "retryMiddleware",
          name: "bayplanWriteOnce",
        });
        try {
          return await client.send(command, options);
        } catch (cause) {
          throw isUnrepeated(cause) ? cause.unrepeated : cause;
        }
      },
    );
    if ("output" in outcome) return { state: "written" };
    const { exception, error } = outcome;
    return exception === "ImageAlreadyExistsException" ? { state: "already" } : { state: "immutable", error };
  } catch (error) {
    if (isBayplanError(error) && (error.code === "UNAVAILABLE" || error.code === "TIMEOUT")) {
      return { state: "lost", error };
    }
    throw error;
  }
}

function writeOnce<Sent, Answer>(next: (sent: Sent) => Promise<Answer>): (sent: Sent) => Promise<Answer> {
  return async (sent) => {
    try {
      return await next(sent);
    } catch (cause) {
      if (isThrottled(cause)) throw cause;
      // In a form that the SDK does not know, and does not retry.
      const unrepeated: Unrepeated = { unrepeated: cause };
      throw Object.assign(new Error("not repeated"), unrepeated);
    }
  };
}

function isThrottled(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    /^(?:Throttling|ThrottlingException|TooManyRequestsException|RequestLimitExceeded|SlowDown)$/.test(cause.name)
  );
}

function isUnrepeated(cause: unknown): cause is Unrepeated {
  return typeof cause === "object" && cause !== null && "unrepeated" in cause;
}
