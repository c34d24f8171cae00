import { type CallOptions, isBayplanError, type RepositoryName } from "@bayplan/core";
import type { HttpClient, HttpRequest, HttpResponse, HttpStreamResponse } from "@bayplan/runtime";
import type { Session } from "./session.ts";

/** A question to a mirror about content by digest; `path` begins after `/v2/<repository>/`. */
type MirrorRequest = Pick<HttpRequest, "headers" | "maxBytes"> & { readonly path: string };

/** A mirror of one repository. What it gives is nobody's word: it has to be verified. */
export interface MirrorClient {
  /** `undefined`: the mirror does not have it, or fails. Throws nothing but `CANCELLED`. */
  request(request: MirrorRequest, options: CallOptions): Promise<HttpResponse | undefined>;
  /** The same with the body piece by piece. */
  stream(request: MirrorRequest, options: CallOptions): Promise<HttpStreamResponse | HttpResponse | undefined>;
  /** What it gave was wrong or broke off: it is left out for a minute. */
  failed(): void;
}

/** What a {@link MirrorClient} is made of. */
interface MirrorPlace {
  readonly repository: RepositoryName;
  /** Where its API begins. */
  readonly base: string;
  readonly session: Session;
  readonly http: HttpClient;
  readonly failed: () => void;
}

/** Asks a mirror, once each time: the registry itself is the second attempt. */
export function createMirrorClient({ repository, base, session, http, failed }: MirrorPlace): MirrorClient {
  const scope = { repository: repository.repository, actions: "pull" } as const;

  async function ask<R extends HttpResponse | HttpStreamResponse>(
    { path, ...request }: MirrorRequest,
    perform: (request: HttpRequest) => Promise<R>,
    options: CallOptions,
  ): Promise<R | HttpResponse | undefined> {
    const url = `${base}/v2/${repository.repository}/${path}?ns=${encodeURIComponent(repository.registry)}`;
    const anonymous: HttpRequest = { method: "GET", url, retry: "never", ...request };
    try {
      const response = await session.send(
        scope,
        (authorization) => perform(authorization === undefined ? anonymous : { authorization, ...anonymous }),
        options,
      );
      if (response.status === 200 || response.status === 206) return response;
      if (response.status >= 500 || response.status === 429) failed();
    } catch (error) {
      if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
      failed();
    }
    return undefined;
  }

  return {
    request: (request, options) => ask(request, (one) => http.request(one, options), options),
    stream: (request, options) => ask(request, (one) => http.stream(one, options), options),
    failed,
  };
}
