import {
  type Clock,
  type Digest,
  parseInstant,
  parseRepository,
  type RegistryAdapter,
  type RepositoryName,
} from "@bayplan/core";
import { createDockerHubRegistry } from "@bayplan/registry-dockerhub";
import { createEcrRegistry } from "@bayplan/registry-ecr";
import { createGhcrRegistry } from "@bayplan/registry-ghcr";
import { createOciRegistry } from "@bayplan/registry-oci";
import {
  createDockerHubSimulator,
  createEcrSimulator,
  createEmbeddedRegistry,
  createGitHubSimulator,
  createVirtualClock,
  type SimulatedServer,
  serve,
  type VirtualClock,
} from "@bayplan/testkit";

/** A registry of a case, with an adapter and what can go wrong in it. */
export interface ApplyRegistry {
  readonly repository: RepositoryName;
  readonly registry: RegistryAdapter;
  readonly clock: VirtualClock;
  /** Whether a request deletes this manifest, or any where none is given. */
  deletes(request: Request, digest?: Digest): Promise<boolean>;
  /** Whether a request takes this tag away, or any where none is given. */
  untags(request: Request, tag?: string): Promise<boolean>;
  /** What one request deletes, for the order of the calls; empty for other requests. */
  deletedBy(request: Request): Promise<readonly Digest[]>;
  /** Called for each request: an answer instead of the simulator's. */
  intercept: (request: Request) => Promise<Response | undefined>;
  /** Where many are deleted by one request: which of them fail, each with a status. Called once for each. */
  failing?: (digest: Digest) => number | undefined;
  /** What the lists showed so far they show from now on, for so many requests. */
  freezeLists?(requests: number): void;
  pageSize: number | undefined;
  close(): Promise<void>;
}

/** How a registry says no. */
export function refusalResponse(status: number, message: string): Response {
  const code = { 403: "DENIED", 405: "UNSUPPORTED", 429: "TOOMANYREQUESTS" }[status] ?? "UNKNOWN";
  const headers = status === 429 ? { "retry-after": "60" } : {};
  return Response.json({ message, errors: [{ code, message }] }, { status, headers });
}

/** Opens the simulator that a case names. `lacksReferrers`: one whose referrers stand under fallback tags. */
export async function openApplyRegistry(
  name: string,
  options: { readonly start: string; readonly now: string; readonly lacksReferrers: boolean },
): Promise<ApplyRegistry | undefined> {
  const start = parseInstant(options.start);
  if (name === "ghcr") return openGhcr(createVirtualClock({ auto: true, start }));
  if (name === "dockerhub") return openHub(createVirtualClock({ auto: true, start }));
  // Its adapter speaks over a socket, which no virtual clock sees: time stands still, or passwords would be over.
  if (name === "ecr") return await openEcr(createVirtualClock({ start: parseInstant(options.now) }));
  if (!/^(any( with untag)?|oci.*|zot|distribution)$/.test(name)) return undefined;
  return openOci(createVirtualClock({ auto: true, start }), options.lacksReferrers);
}

type Handler = (request: Request) => Promise<Response>;

/** The simulator behind what the case put in front of it. */
function inFront(open: ApplyRegistry, simulator: Pick<SimulatedServer, "fetch">): Handler {
  return async (request) => {
    const url = new URL(request.url);
    for (const parameter of ["per_page", "page_size", "n"])
      if (open.pageSize !== undefined && url.searchParams.has(parameter))
        url.searchParams.set(parameter, String(open.pageSize));
    const sent = open.pageSize === undefined ? request : new Request(url, request);
    return (await open.intercept(sent.clone())) ?? (await simulator.fetch(sent));
  };
}

const fetchOf = (handler: Handler) => (input: string | URL | Request, init?: RequestInit) =>
  handler(new Request(input, init));

function blank(repository: string, clock: Clock): ApplyRegistry {
  return {
    repository: parseRepository(repository),
    registry: undefined as unknown as RegistryAdapter,
    clock: clock as VirtualClock,
    deletes: async () => false,
    untags: async () => false,
    deletedBy: async () => [],
    intercept: async () => undefined,
    pageSize: undefined,
    close: async () => {},
  };
}

function byPath(request: Request, path: RegExp): string | undefined {
  return request.method === "DELETE" ? path.exec(new URL(request.url).pathname)?.[1] : undefined;
}

const manifestPath = /\/manifests\/([^/]+)$/;

function manifestDeletions(): Pick<ApplyRegistry, "deletes" | "deletedBy"> {
  const targetOf = (request: Request) => {
    const target = byPath(request, manifestPath);
    return target?.includes(":") === true ? target : undefined;
  };
  return {
    deletes: async (request, digest) => {
      const target = targetOf(request);
      return target !== undefined && (digest === undefined || target === digest);
    },
    deletedBy: async (request) => [targetOf(request) ?? []].flat() as Digest[],
  };
}

function openOci(clock: VirtualClock, lacksReferrers: boolean): ApplyRegistry {
  const embedded = createEmbeddedRegistry({ clock });
  const open: ApplyRegistry = { ...blank("registry.example/team/app", clock), ...manifestDeletions() };
  const answer = inFront(open, embedded);
  const handler: Handler = async (request) => {
    if (lacksReferrers && new URL(request.url).pathname.includes("/referrers/"))
      return new Response("", { status: 404 });
    const response = await answer(request);
    if (lacksReferrers) response.headers.delete("oci-subject");
    return response;
  };
  const registry = createOciRegistry({ hosts: ["registry.example"], fetch: fetchOf(handler), clock, untags: true });
  return Object.assign(open, {
    registry,
    untags: async (request: Request, tag?: string) => {
      const target = byPath(request, manifestPath);
      return target !== undefined && !target.includes(":") && (tag === undefined || target === tag);
    },
  });
}

function openGhcr(clock: VirtualClock): ApplyRegistry {
  const github = createGitHubSimulator({
    clock,
    packages: {
      owners: { team: "Organization" },
      tokens: {
        simulated: {
          kind: "classic",
          login: "mona",
          scopes: ["read:packages", "write:packages", "delete:packages"],
          roles: { team: "admin" },
        },
      },
    },
  });
  const open = blank("ghcr.io/team/app", clock);
  const digestOfDeletion = (request: Request): Digest | undefined => {
    const id = byPath(request, /\/versions\/(\d+)$/);
    return github.packages.versions("team/app").find((version) => String(version.id) === id)?.digest;
  };
  const fetch = fetchOf(inFront(open, github));
  return Object.assign(open, {
    registry: createGhcrRegistry({ token: "simulated", fetch, clock, throttle: false }),
    deletes: async (request: Request, digest?: Digest) => {
      const found = digestOfDeletion(request);
      return found !== undefined && (digest === undefined || found === digest);
    },
    // A tag goes with the version of a dummy, which has no digest that a case could name.
    untags: async (request: Request) => byPath(request, /\/versions\/(\d+)$/) !== undefined,
    deletedBy: async (request: Request) => [digestOfDeletion(request) ?? []].flat(),
    freezeLists: (requests: number) => github.packages.freezeLists("team/app", requests),
  });
}

function openHub(clock: VirtualClock): ApplyRegistry {
  const simulator = createDockerHubSimulator({ clock, accounts: [{ name: "team", password: "simulated" }] });
  const open = { ...blank("docker.io/team/app", clock), ...manifestDeletions() };
  const fetch = fetchOf(inFront(open, simulator));
  return Object.assign(open, {
    registry: createDockerHubRegistry({ username: "team", password: "simulated", fetch, clock }),
    untags: async (request: Request, tag?: string) => {
      const found = byPath(request, /\/tags\/([^/]+)\/$/);
      return found !== undefined && (tag === undefined || found === tag);
    },
  });
}

/** What Amazon ECR says inside its answer. */
function failureCode(status: number): string {
  return { 409: "ImageReferencedByManifestList", 429: "UpstreamTooManyRequests" }[status] ?? "UpstreamAccessDenied";
}

function withoutLength({ headers }: Request): Headers {
  const own = new Headers(headers);
  own.delete("content-length");
  return own;
}

async function openEcr(clock: VirtualClock): Promise<ApplyRegistry> {
  const simulator = createEcrSimulator({ clock, repositories: ["team/app"] });
  const open = blank("registry.example/team/app", clock);
  const answer = inFront(open, simulator);
  const imageIds = async (request: Request): Promise<readonly { imageDigest?: Digest; imageTag?: string }[]> => {
    if (request.headers.get("x-amz-target")?.endsWith(".BatchDeleteImage") !== true) return [];
    return (
      ((await request.clone().json()) as { imageIds?: { imageDigest?: Digest; imageTag?: string }[] }).imageIds ?? []
    );
  };
  const served = await serve(async (request) => {
    const ids = await imageIds(request);
    const failures = ids.flatMap((imageId) => {
      const status = imageId.imageDigest === undefined ? undefined : open.failing?.(imageId.imageDigest);
      return status === undefined ? [] : [{ imageId, failureCode: failureCode(status), failureReason: "refused" }];
    });
    if (failures.length === 0) return await answer(request);
    const refused = new Set(failures.map(({ imageId }) => imageId));
    const left = ids.filter((imageId) => !refused.has(imageId));
    if (left.length === 0) return Response.json({ imageIds: [], failures });
    const body = { ...((await request.clone().json()) as object), imageIds: left };
    const response = await answer(
      new Request(request.url, { method: "POST", headers: withoutLength(request), body: JSON.stringify(body) }),
    );
    const document = (await response.json()) as { imageIds?: unknown[]; failures?: unknown[] };
    return Response.json({ ...document, failures: [...(document.failures ?? []), ...failures] });
  });
  const deletedBy = async (request: Request): Promise<readonly Digest[]> => {
    return [...new Set((await imageIds(request)).flatMap(({ imageDigest }) => imageDigest ?? []))];
  };
  // The SDK is told by its environment where the simulator is.
  const before = process.env["AWS_ENDPOINT_URL_ECR"];
  process.env["AWS_ENDPOINT_URL_ECR"] = served.origin;
  const registry = createEcrRegistry({
    region: simulator.region,
    hosts: [served.host],
    credentials: { accessKeyId: "AKIASIMULATED0000000", secretAccessKey: "simulated" },
  });
  return Object.assign(open, {
    registry,
    repository: parseRepository(`${served.host}/team/app`),
    deletedBy,
    failing: () => undefined,
    deletes: async (request: Request, digest?: Digest) => {
      const digests = await deletedBy(request);
      return digest === undefined ? digests.length > 0 : digests.includes(digest);
    },
    untags: async (request: Request, tag?: string) => {
      const ids = await imageIds(request);
      return ids.some(({ imageTag }) => imageTag !== undefined && (tag === undefined || imageTag === tag));
    },
    close: async () => {
      if (before === undefined) delete process.env["AWS_ENDPOINT_URL_ECR"];
      else process.env["AWS_ENDPOINT_URL_ECR"] = before;
      await registry.close();
      await served.close();
    },
  });
}
