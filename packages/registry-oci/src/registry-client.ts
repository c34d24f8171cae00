import { BayplanError, type CallOptions, type RepositoryName } from "@bayplan/core";
import {
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type HttpStreamResponse,
  isLoopbackHost,
} from "@bayplan/runtime";
import type { Scope, Session } from "./session.ts";

/** A request inside one repository; `path` begins after `/v2/<repository>/`, or `url` is a whole address. */
export type RegistryRequest = Omit<HttpRequest, "url" | "authorization"> & {
  readonly actions: Scope["actions"];
} & ({ readonly path: string } | { readonly url: URL });

/** Sends authenticated requests to the registries of one adapter. */
export interface RegistryClient {
  request(repository: RepositoryName, request: RegistryRequest, options: CallOptions): Promise<HttpResponse>;
  stream(
    repository: RepositoryName,
    request: RegistryRequest,
    options: CallOptions,
  ): Promise<HttpResponse | HttpStreamResponse>;
}

/** What a registry client needs. */
interface RegistryClientOptions {
  readonly http: HttpClient;
  readonly hosts: readonly string[];
  readonly apiHost: (registry: string) => string;
  readonly insecureHosts: readonly string[];
  readonly createSession: (registry: URL) => Session;
}

/** One session per host; a host that is not the adapter's is refused before anything is sent. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const sessions = new Map<string, { registry: URL; session: Session }>();

  function sessionFor(repository: RepositoryName): { registry: URL; session: Session } {
    if (!options.hosts.includes(repository.registry)) {
      throw new BayplanError(
        "NOT_ALLOWED",
        `This adapter answers for ${options.hosts.join(", ")}, not for ${repository.registry}. Use another adapter, or add the host.`,
      );
    }
    const host = options.apiHost(repository.registry);
    const known = sessions.get(host);
    if (known !== undefined) return known;
    const registry = registryUrl(host, options.insecureHosts);
    const made = { registry, session: options.createSession(registry) };
    sessions.set(host, made);
    return made;
  }

  async function send<R extends HttpResponse | HttpStreamResponse>(
    repository: RepositoryName,
    request: RegistryRequest,
    call: { readonly options: CallOptions; readonly perform: (request: HttpRequest) => Promise<R> },
  ): Promise<R | HttpResponse> {
    const { registry, session } = sessionFor(repository);
    const url = "url" in request ? request.url : `${registry.origin}/v2/${repository.repository}/${request.path}`;
    // The spread comes last: V8 takes many times as long for a property that is added after one.
    const anonymous: HttpRequest = { url, ...request };
    // Uploads may be sent to another origin; that one gets no credentials of this registry.
    if (typeof url !== "string" && url.origin !== registry.origin) return call.perform(anonymous);
    const scope = { repository: repository.repository, actions: request.actions };
    return await session.send(
      scope,
      (authorization) => call.perform(authorization === undefined ? anonymous : { authorization, ...anonymous }),
      call.options,
    );
  }

  return {
    request: (repository, request, call) =>
      send(repository, request, { options: call, perform: (one) => options.http.request(one, call) }),
    stream: (repository, request, call) =>
      send(repository, request, { options: call, perform: (one) => options.http.stream(one, call) }),
  };
}

function registryUrl(host: string, insecureHosts: readonly string[]): URL {
  const url = new URL(`https://${host}/`);
  const isPlain = isLoopbackHost(url.hostname) || insecureHosts.includes(host) || insecureHosts.includes(url.hostname);
  return isPlain ? new URL(`http://${host}/`) : url;
}
