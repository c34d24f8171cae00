import { BayplanError, type Clock, instantToMs, isDigest } from "@bayplan/core";
import type { FetchLike } from "@bayplan/runtime";
import type { SimulatedServer } from "@bayplan/testkit";
import type { ChaosSchedule } from "./chaos-schedule.ts";
import type { FaultKind } from "./fault-kind.ts";
import { type FaultTarget, requestFault } from "./request-fault.ts";
import type { TagLedger } from "./tag-ledger.ts";

/** What the network of a process is made of. */
export interface ChaosProcessOptions {
  /** Names it in logs and in the ledger. */
  readonly name: string;
  readonly schedule: ChaosSchedule;
  readonly clock: Clock;
  readonly ledger: TagLedger;
  /** When the run began. */
  readonly startMs: number;
  /** Whether faults are injected. Without them requests take no time. */
  readonly hasFaults: boolean;
  readonly crash?: ChaosSchedule["crash"];
  /** Called for each request that was answered or lost. */
  readonly onRequest: (line: string) => void;
  readonly onFault: (kind: FaultKind, about: string) => void;
  /** Called before somebody is told what a public tag shows. */
  readonly beforeLook: (reference: string, about: string) => Promise<void>;
}

/** One coordinator as the world sees it: requests come from it until it dies. */
export interface ChaosProcess {
  readonly clock: Clock;
  readonly isDead: boolean;
  /** A way to a server. `host` is how references to a registry begin. */
  connect(server: SimulatedServer, kind: FaultTarget["server"], host: string): FetchLike;
}

/** A process that is alive. When it dies, nothing of it reaches the world any more, and it sleeps no more. */
export function createChaosProcess(options: ChaosProcessOptions): ChaosProcess {
  const { name, schedule, ledger, hasFaults, crash } = options;
  const { random } = schedule;
  const times = new Map<string, number>();
  let requests = 0;
  let isDead = false;
  const nowMs = () => instantToMs(options.clock.now());
  const clock: Clock = {
    now: () => options.clock.now(),
    async sleep(durationMs, call) {
      if (isDead) throw dead();
      await options.clock.sleep(durationMs, call);
      if (isDead) throw dead();
    },
  };

  async function travel(about: string, signal: AbortSignal): Promise<void> {
    if (hasFaults) await options.clock.sleep(random.below(schedule.latencyMs, about), { signal });
    if (isDead) throw lostConnection();
  }

  async function send(
    request: Request,
    to: { readonly server: SimulatedServer; readonly kind: FaultTarget["server"]; readonly host: string },
  ): Promise<Response> {
    if (isDead) throw lostConnection();
    const what = `${name} ${to.kind} ${request.method} ${addressOf(request)}`;
    const time = (times.get(what) ?? 0) + 1;
    times.set(what, time);
    const about = `${what} #${time}`;
    requests += 1;
    const isLast = requests === crash?.request;
    if (isLast && !crash?.isAfter) return die("crash before the effect", about);
    const isRead = request.method === "GET" || request.method === "HEAD";
    await travel(`there ${about}`, request.signal);
    const target = { server: to.kind, method: request.method, isContent: request.url.includes("/v2/") };
    const fault = hasFaults ? requestFault(schedule, { ...target, about, atMs: nowMs() - options.startMs }) : undefined;
    const reference = tagIn(request, to);
    if (reference !== undefined && hasFaults) await options.beforeLook(reference, about);
    if (fault !== undefined) options.onFault(fault.kind, about);
    const injected =
      fault === undefined ? undefined : to.server.inject({ match: (one) => one === request, effect: fault.effect });
    const written = reference === undefined || isRead ? () => {} : ledger.writing(name, reference);
    const log = (answer: number | string) =>
      options.onRequest(`${nowMs()} ${about} ${answer}${fault === undefined ? "" : ` (${fault.kind})`}`);
    let status: number | undefined;
    try {
      const response = await to.server.fetch(request);
      status = response.status;
      if (isLast) return die("crash after the effect", about);
      await travel(`back ${about}`, request.signal);
      log(response.status);
      if (reference !== undefined && isRead) look(reference, response);
      return response;
    } catch (error) {
      log("no answer");
      throw error;
    } finally {
      written(status);
      injected?.remove();
    }
  }

  function die(kind: "crash before the effect" | "crash after the effect", about: string): never {
    isDead = true;
    options.onFault(kind, about);
    throw lostConnection();
  }

  function look(reference: string, response: Response): void {
    const digest = response.headers.get("docker-content-digest") ?? "";
    if (response.status === 404) ledger.saw(name, reference, undefined);
    else if (response.status === 200 && isDigest(digest)) ledger.saw(name, reference, digest);
  }

  return {
    clock,
    get isDead() {
      return isDead;
    },
    connect: (server, kind, host) => (url, init) => send(new Request(url, init), { server, kind, host }),
  };
}

/** Path and query; names that the server made up are left out. */
function addressOf(request: Request): string {
  const { pathname, search } = new URL(request.url);
  return `${pathname}${search}`.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "*");
}

/** The tag that is read or written, as the ledger writes it. */
function tagIn(request: Request, { kind, host }: { readonly kind: string; readonly host: string }): string | undefined {
  const [, repository, tag] = /^\/v2\/(.+)\/manifests\/([^/:]+)$/.exec(new URL(request.url).pathname) ?? [];
  return kind === "github" || repository === undefined ? undefined : `${host}/${repository}:${tag}`;
}

function lostConnection(): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }) });
}

function dead(): BayplanError {
  return new BayplanError("CANCELLED", "The process is gone.");
}
