import { type Clock, type Digest, type RepositoryName, type TagReference, tagReference } from "@bayplan/core";
import { createHttpClient, type FetchLike, type HttpClientOptions } from "@bayplan/runtime";
import {
  type BuiltImage,
  buildImage,
  createEmbeddedRegistry,
  createVirtualClock,
  type EmbeddedRegistry,
  type EmbeddedRegistryOptions,
  type FaultRule,
  type InjectedFault,
  pushImage,
  serve,
  type VirtualClock,
} from "@bayplan/testkit";
import { createOciRegistry, type OciRegistry, type OciRegistryOptions } from "../create-oci-registry.ts";
import { makeCertificate } from "./make-certificate.ts";
import { createNaiveHttp2Fetch } from "./naive-http2-fetch.ts";
import { openFront, type Wire } from "./open-front.ts";
import { useHttps } from "./use-https.ts";

/** A request as it arrived at a bench. */
export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Headers;
}

/** How a bench is set up. */
export interface BenchOptions {
  readonly embedded?: EmbeddedRegistryOptions;
  readonly adapter?: Partial<OciRegistryOptions>;
  readonly http?: HttpClientOptions;
  /** Stands before the registry and has the socket in its hands. */
  readonly wire?: () => Wire;
  /** Whether the wire is one of HTTP/2 over TLS. Default `false`. */
  readonly isHttp2?: boolean;
  /** Where the clients look for the registry instead of where it is. */
  readonly host?: string;
  /** Stands between client and transport, for what no server on this computer can do. */
  readonly fetch?: () => FetchLike;
}

/** A registry on a socket with one image in it, and an adapter in front of it whose waits cost no time. */
export interface Bench extends AsyncDisposable {
  readonly embedded: EmbeddedRegistry;
  readonly registry: OciRegistry;
  readonly origin: string;
  readonly host: string;
  readonly repository: RepositoryName;
  /** Where the image is. */
  readonly reference: TagReference;
  readonly image: BuiltImage;
  readonly digest: Digest;
  readonly clock: VirtualClock;
  /** Every wait of the adapter, in virtual milliseconds. */
  readonly waits: readonly number[];
  /** What arrived since the image was pushed. */
  readonly seen: readonly SeenRequest[];
  /** Answers in the registry's place, unless it gives `undefined`. */
  answer: ((request: Request, index: number) => Response | Promise<Response> | undefined) | undefined;
  /** Makes the registry misbehave. */
  inject(rule: FaultRule): void;
  /** How often a fault was met, whatever made it. */
  readonly met: number;
  /** What the answers of the test itself have sent, as far as they count it. */
  sentBytes: number;
  /** Aborts when more requests have come than any sound client sends. */
  readonly tooMany: AbortSignal;
  readonly fetch: FetchLike;
  /** Opens a second server, on another port, and gives its origin. */
  openOther(): Promise<string>;
  /** What arrived at any other server. */
  readonly elsewhere: readonly SeenRequest[];
}

const mostRequests = 300;
const users = { bayplan: "dummy-password" };
/** The user of every bench that asks for one. */
export const benchCredentials = { username: "bayplan", password: users.bayplan };
/** A registry with tokens, for {@link benchCredentials}. */
export const bearer = { kind: "bearer", users } as const;

/** Opens a {@link Bench}. */
export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const closers: (() => Promise<void>)[] = [];
  const clock = createVirtualClock({ auto: true });
  const embedded = createEmbeddedRegistry({ clock, ...options.embedded });
  const image = await buildImage({ platforms: ["linux/amd64"], files: { "app/content.txt": "content" } });
  const from = { origin: "http://registry.test", fetch: embedded.fetch, repository: "team/app", image };
  await pushImage({ ...from, tag: "1.0", credentials: benchCredentials });
  const seen: SeenRequest[] = [];
  const elsewhere: SeenRequest[] = [];
  const flood = new AbortController();
  let answer: Bench["answer"];
  const injected: InjectedFault[] = [];
  let met = 0;
  const counted = (wire: Wire): Wire => {
    return (incoming, outgoing, index) => {
      const isMet = wire(incoming, outgoing, index);
      if (isMet) met += 1;
      return isMet;
    };
  };
  const served = await serve(async (request) => {
    const { pathname, search } = new URL(request.url);
    seen.push({ method: request.method, path: `${pathname}${search}`, headers: request.headers });
    if (seen.length > mostRequests) flood.abort();
    const given = answer?.(request, seen.length - 1);
    if (given !== undefined) met += 1;
    return (await given) ?? (await embedded.fetch(request));
  });
  closers.push(served.close);
  const certificate = options.isHttp2 === true ? makeCertificate() : undefined;
  const front =
    options.wire === undefined ? served : await openFront(served.host, counted(options.wire()), certificate);
  if (front !== served) closers.push(front.close);
  const host = options.host ?? front.host;
  const insecureHosts = options.host === undefined ? [] : [host];
  const { waits, clock: recording } = recordWaits(clock);
  const fetch = options.fetch?.();
  const client = createHttpClient({
    clock: recording,
    // Full jitter at its fullest, so that the waits are known.
    random: () => 1,
    env: {},
    allowInsecure: insecureHosts,
    ...(fetch === undefined ? {} : { fetch }),
    ...(certificate === undefined ? {} : { certificateAuthorities: { [host]: certificate.cert } }),
    ...options.http,
  });
  const http = certificate === undefined ? client : useHttps(client);
  closers.push(http.close);
  const naive = certificate === undefined ? undefined : createNaiveHttp2Fetch(`https://${host}`, certificate.cert);
  if (naive !== undefined) closers.push(naive.close);
  const registry = createOciRegistry({ hosts: [host], insecureHosts, http, clock: recording, ...options.adapter });
  const repository = { registry: host, repository: "team/app" };
  return {
    embedded,
    registry,
    origin: `http://${host}`,
    host,
    repository,
    reference: tagReference(repository, "1.0"),
    image,
    digest: image.digest,
    clock,
    waits,
    seen,
    get answer() {
      return answer;
    },
    set answer(given) {
      answer = given;
    },
    inject: (rule) => void injected.push(embedded.inject(rule)),
    get met() {
      return injected.reduce((hits, fault) => hits + fault.hits, met);
    },
    sentBytes: 0,
    tooMany: flood.signal,
    fetch: naive?.fetch ?? fetch ?? ((url, init) => globalThis.fetch(url, init)),
    elsewhere,
    async openOther() {
      const other = await serve(async (request) => {
        const { pathname, search } = new URL(request.url);
        elsewhere.push({ method: request.method, path: `${pathname}${search}`, headers: request.headers });
        return Response.json({ tags: ["from-elsewhere"] });
      });
      closers.push(other.close);
      return other.origin;
    },
    [Symbol.asyncDispose]: async () => {
      for (const close of closers.reverse()) await close();
    },
  };
}

function recordWaits(clock: VirtualClock): { readonly clock: Clock; readonly waits: number[] } {
  const waits: number[] = [];
  const recording: Clock = {
    now: clock.now,
    sleep: (durationMs, call) => {
      waits.push(durationMs);
      return clock.sleep(durationMs, call);
    },
  };
  return { clock: recording, waits };
}
