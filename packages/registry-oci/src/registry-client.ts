import { BayplanError, type CallOptions, isBayplanError, type RepositoryName } from "@bayplan/core";
import {
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type HttpStreamResponse,
  isLoopbackHost,
} from "@bayplan/runtime";
import type { Mirrors } from "./mirrors.ts";
import type { Scope, Session } from "./session.ts";

/** A request inside one repository; `path` begins after `/v2/<repository>/`, or `url` is a whole address. */
export type RegistryRequest = Omit<HttpRequest, "url" | "authorization"> & {
  readonly actions: Scope["actions"];
  readonly from?: Scope["from"];
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
  /** Stands before `/v2/`, by API host. */
  readonly pathPrefixes: Readonly<Record<string, string>>;
  readonly mirrors: Mirrors;
  readonly createSession: (registry: URL) => Session;
}

interface Host {
  readonly registry: URL;
  /** Where the API begins, without a slash at the end. */
  readonly base: string;
  readonly session: Session;
}

// What a mirror gives for a digest is verified; what a tag shows only the registry itself knows.
const contentPath = /^(?:manifests|blobs)\/sha(?:256|512):/;

/** One session per host; a host that is not the adapter's is refused before anything is sent. */
export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const sessions = new Map<string, Host>();

  function sessionFor(repository: RepositoryName): Host {
    if (!options.hosts.includes(repository.registry)) {
      throw new BayplanError(
        "NOT_ALLOWED",
        `This adapter answers for ${options.hosts.join(", ")}, not for ${repository.registry}. Use another adapter, or add the host.`,
      );
    }
    return hostFor(options.apiHost(repository.registry));
  }

  function hostFor(host: string): Host {
    const known = sessions.get(host);
    if (known !== undefined) return known;
    const registry = registryUrl(host, options.insecureHosts);
    const prefix = Object.hasOwn(options.pathPrefixes, host) ? (options.pathPrefixes[host] ?? "") : "";
    const base = `${registry.origin}${prefix}`;
    const made = { registry, base, session: options.createSession(registry) };
    sessions.set(host, made);
    return made;
  }

  async function askMirrors<R extends HttpResponse | HttpStreamResponse>(
    repository: RepositoryName,
    request: RegistryRequest & { readonly path: string },
    call: { readonly options: CallOptions; readonly perform: (request: HttpRequest) => Promise<R> },
  ): Promise<R | HttpResponse | undefined> {
    for (const mirror of options.mirrors.of(repository.registry)) {
      const { base, session } = hostFor(mirror);
      const url = `${base}/v2/${repository.repository}/${request.path}?ns=${encodeURIComponent(repository.registry)}`;
      // The registry itself is the second attempt.
      const anonymous: HttpRequest = { ...request, url, retry: "never" };
      try {
        const response = await session.send(
          { repository: repository.repository, actions: "pull" },
          (authorization) => call.perform(authorization === undefined ? anonymous : { ...anonymous, authorization }),
          call.options,
        );
        if (response.status === 200 || response.status === 206) return response;
        if (response.status >= 500 || response.status === 429) options.mirrors.failed(mirror);
      } catch (error) {
        if (!isBayplanError(error) || error.code === "CANCELLED") throw error;
        options.mirrors.failed(mirror);
      }
    }
    return undefined;
  }

  async function send<R extends HttpResponse | HttpStreamResponse>(
    repository: RepositoryName,
    request: RegistryRequest,
    call: { readonly options: CallOptions; readonly perform: (request: HttpRequest) => Promise<R> },
  ): Promise<R | HttpResponse> {
    const { registry, base, session } = sessionFor(repository);
    if (request.method === "GET" && "path" in request && contentPath.test(request.path)) {
      const mirrored = await askMirrors(repository, request, call);
      if (mirrored !== undefined) return mirrored;
    }
    const url = "url" in request ? request.url : `${base}/v2/${repository.repository}/${request.path}`;
    // The spread comes last: V8 takes many times as long for a property that is added after one.
    const anonymous: HttpRequest = { url, ...request };
    // Uploads may be sent to another origin; that one gets no credentials of this registry.
    if (typeof url !== "string" && url.origin !== registry.origin) return call.perform(anonymous);
    const scope = { repository: repository.repository, actions: request.actions, from: request.from };
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
