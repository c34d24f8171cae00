import { BayplanError, isBayplanError } from "../errors.ts";
import { instantToMs } from "../instant.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, type TagReference } from "../oci/reference.ts";
import type { CallOptions } from "../ports/call-options.ts";
import type { Clock } from "../ports/clock.ts";
import type { RegistryAdapter } from "../ports/registry.ts";
import { registryFor } from "../ports/registry-for.ts";

/** What is asked while waiting. */
export interface WaitForImagePorts {
  readonly registries: readonly RegistryAdapter[];
  readonly clock: Clock;
}

/** How an image is waited for. */
export interface WaitForImageOptions extends CallOptions {
  /** Longest wait in milliseconds. Default 90 minutes. */
  readonly timeoutMs?: number;
  /** Pause between two looks in milliseconds. Default 30 seconds; a rate limit's own pause counts when it is longer. */
  readonly intervalMs?: number;
  /** What was there before: the image that is waited for is another one. Default: any image. */
  readonly notDigest?: Digest;
  /** Called after each look that did not find it, with the code of the failure if there was one. */
  readonly onWait?: (look: { readonly waitedMs: number; readonly code?: string }) => void;
}

/**
 * The digest of an image somebody else is building, as soon as its tag is there. Looks at once, then in intervals. A
 * registry that cannot be asked for a while is asked again; one that refuses the credentials ends the wait. "Denied, or
 * not there" counts as not there yet: that is what registries say of a package before its first push.
 *
 * @throws BayplanError `TIMEOUT` when the time is over, the registry's own code when it refuses, `CANCELLED`.
 */
export async function waitForImage(
  reference: TagReference,
  ports: WaitForImagePorts,
  options: WaitForImageOptions = {},
): Promise<Digest> {
  const { timeoutMs = 90 * 60_000, intervalMs = 30_000, notDigest, onWait, signal } = options;
  const call: CallOptions = signal === undefined ? {} : { signal };
  const startMs = instantToMs(ports.clock.now());
  for (;;) {
    const look = await lookOnce(reference, ports, call);
    if (look.digest !== undefined && look.digest !== notDigest) return look.digest;
    const waitedMs = instantToMs(ports.clock.now()) - startMs;
    onWait?.({ waitedMs, ...(look.code === undefined ? {} : { code: look.code }) });
    const pauseMs = Math.max(intervalMs, look.retryAfterMs ?? 0, 1);
    if (waitedMs + pauseMs > timeoutMs) throw tooLate(reference, waitedMs, look.code);
    await ports.clock.sleep(pauseMs, call);
  }
}

interface Look {
  readonly digest?: Digest;
  readonly code?: string;
  readonly retryAfterMs?: number | undefined;
}

async function lookOnce(reference: TagReference, ports: WaitForImagePorts, call: CallOptions): Promise<Look> {
  try {
    const found = await registryFor(ports.registries, reference.registry).resolve(reference, call);
    return found.state === "present" ? { digest: found.descriptor.digest } : {};
  } catch (error) {
    if (!isBayplanError(error)) throw error;
    if (!["UNAVAILABLE", "RATE_LIMITED", "TIMEOUT", "RESPONSE_INVALID"].includes(error.code)) throw error;
    return { code: error.code, retryAfterMs: error.retryAfterMs };
  }
}

function tooLate(reference: TagReference, waitedMs: number, code: string | undefined): BayplanError {
  const last = code === undefined ? "" : ` The last look failed with ${code}.`;
  return new BayplanError(
    "TIMEOUT",
    `${formatReference(reference)} did not show within ${Math.round(waitedMs / 1000)} s.${last} Look at the run that builds it.`,
  );
}
