import { BayplanError, type CallOptions, type RepositoryName } from "@bayplan/core";
import {
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type HttpStreamResponse,
  isLoopbackHost,
} from "@bayplan/runtime";
import { createMirrorClient, type MirrorClient } from "./mirror-client.ts";
import type { Mirrors } from "./mirrors.ts";
import type { Scope, Session } from "./session.ts";

/** A request inside one repository; `path` begins after `/v2/<repository>/`, or `url` is a whole address. */
export type RegistryRequest = Omit<HttpRequest, "url" | "authorization"> & {
  readonly actions: Scope["actions"];
  readonly from?: Scope["from"];
  /** Told of every answer, also of those after which authentication goes on or gives up. */
  readonly onAnswer?: (answer: Pick<HttpResponse, "status" | "headers">) => void;
} & ({ readonly path: string } | { readonly url: URL });

/** Sends authenticated requests to the registries of one adapter. */
export interface RegistryClient {
  request(repository: RepositoryName, request: RegistryRequest, options: CallOptions): Promise<HttpResponse>;
  stream(
    repository: RepositoryName,
    request: RegistryRequest,
    options: CallOptions,
  ): Promise<HttpResponse | HttpStreamResponse>;
  /** Who may be asked before the registry, for content by digest: what a tag shows only the registry itself knows. */
  mirrors(repository: RepositoryName): readonly MirrorClient[];
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
  /** The last `Authorization` that it was sent to write to each repository. */
  readonly sent: Map<string, string>;
}

// Only what a server may have repeated in the address of an upload, a moment ago.
const maxSent = 100;

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
    const made = { registry, base, session: options.createSession(registry), sent: new Map<string, string>() };
    sessions.set(host, made);
    return made;
  }

  async function send<R extends HttpResponse | HttpStreamResponse>(
    repository: RepositoryName,
    request: RegistryRequest,
    call: { readonly options: CallOptions; readonly perform: (request: HttpRequest) => Promise<R> },
  ): Promise<R | HttpResponse> {
    const { onAnswer } = request;
    const perform =
      onAnswer === undefined
        ? call.perform
        : async (one: HttpRequest) => {
            const answer = await call.perform(one);
            onAnswer(answer);
            return answer;
          };
    const { registry, base, session, sent } = sessionFor(repository);
    const url = "url" in request ? request.url : `${base}/v2/${repository.repository}/${request.path}`;
    // The spread comes last: V8 takes many times as long for a property that is added after one.
    const anonymous: HttpRequest = { url, ...request };
    // Uploads may be sent to another origin; that one gets no credentials of this registry.
    if (typeof url !== "string" && url.origin !== registry.origin) {
      const hidden = sent.get(repository.repository);
      return perform(hidden === undefined ? anonymous : { ...anonymous, hidden: [hidden] });
    }
    const scope = { repository: repository.repository, actions: request.actions, from: request.from };
    return await session.send(
      scope,
      (authorization) => {
        if (authorization === undefined) return perform(anonymous);
        if (request.method === "POST" || request.method === "PATCH") {
          if (sent.size >= maxSent) sent.clear();
          sent.set(repository.repository, authorization);
        }
        return perform({ authorization, ...anonymous });
      },
      call.options,
    );
  }

  return {
    request: (repository, request, call) =>
      send(repository, request, { options: call, perform: (one) => options.http.request(one, call) }),
    stream: (repository, request, call) =>
      send(repository, request, { options: call, perform: (one) => options.http.stream(one, call) }),
    mirrors: (repository) => {
      sessionFor(repository);
      const { http, mirrors } = options;
      return mirrors.of(repository.registry).map((mirror) => {
        const { base, session } = hostFor(mirror);
        return createMirrorClient({ repository, base, session, http, failed: () => mirrors.failed(mirror) });
      });
    },
  };
}

function registryUrl(host: string, insecureHosts: readonly string[]): URL {
  const url = new URL(`https://${host}/`);
  const isPlain = isLoopbackHost(url.hostname) || insecureHosts.includes(host) || insecureHosts.includes(url.hostname);
  return isPlain ? new URL(`http://${host}/`) : url;
}
