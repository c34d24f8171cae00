import type { Clock, VersionSource } from "@bayplan/core";
import { type ServedHandler, serve } from "../serve.ts";
import { createVirtualClock } from "../virtual-clock.ts";

/** What a source under test is made for. */
export interface VersionSourceWorld {
  /** Where the versions are published: the origin of a server on a loopback socket. */
  readonly origin: string;
  /** What is published, in order. */
  readonly versions: readonly string[];
  /** Give it to a source that takes one: it must never reach another origin, nor an error. */
  readonly token: string;
  /** A virtual one: waits cost no time. Leave it out where the source must really wait for something. */
  readonly clock: Clock;
  /** The most pages that the source may read. A listing has three. */
  readonly maxPages: number;
}

/** A source under test. */
export interface VersionSourceUnderTest {
  /** It must not give listings again without asking: `freshForMs: 0`. */
  readonly source: VersionSource;
  dispose?(): Promise<void>;
}

/** One page to answer with, as the real server would. */
export interface VersionSourcePage {
  readonly request: Request;
  /** What stands on it. */
  readonly versions: readonly string[];
  /** Address of the next page, exactly as it must be given. Absent on the last one. */
  readonly next?: string;
}

/** How a page of the real server looks. */
export type AnswerVersionSourcePage = (page: VersionSourcePage) => Response | Promise<Response>;

/** A request as the server saw it. */
interface SeenRequest {
  readonly url: URL;
  readonly page: number;
  readonly headers: Headers;
}

/** What a test does to the server. */
interface ServerBehaviour {
  /** What is published. Default as it was. */
  readonly versions?: readonly string[];
  /** Instead of the answer, when it gives one. */
  readonly instead?: (request: SeenRequest, good: () => Promise<Response>) => Response | Promise<Response> | undefined;
  /** Address of the page after that one. Default the next one, `undefined` after the last. */
  readonly nextAfter?: (page: number, usual: string | undefined) => string | undefined;
}

/** What a test of the version source contract works with. */
export interface VersionSourceFixture extends VersionSourceWorld {
  readonly source: VersionSource;
  readonly clock: Clock & { readonly sleeping: number };
  /** Requests so far. */
  readonly requests: readonly SeenRequest[];
  /** Requests to another server that the source has no business with. */
  readonly foreign: readonly SeenRequest[];
  readonly foreignOrigin: string;
  /** How the server behaves from now on. */
  behave(behaviour: ServerBehaviour): void;
}

/** What a fixture is made of. */
export interface VersionSourceFixtureOptions {
  readonly create: (world: VersionSourceWorld) => Promise<VersionSourceUnderTest>;
  readonly answer: AnswerVersionSourcePage;
  readonly paging: boolean;
  readonly count: number;
}

const parameter = "contract-page";

/** Runs one test against a source and servers of its own, and cleans up. */
export async function withVersionSource(
  options: VersionSourceFixtureOptions,
  test: (fixture: VersionSourceFixture) => Promise<void>,
): Promise<void> {
  const versions = Array.from({ length: options.count }, (_, index) => `1.${index}.0`);
  const perPage = options.paging ? Math.ceil(options.count / 3) : options.count;
  const requests: SeenRequest[] = [];
  const foreign: SeenRequest[] = [];
  let behaviour: ServerBehaviour = {};

  async function answer(request: Request, origin: string): Promise<Response> {
    const seen = see(request);
    const good = async (): Promise<Response> => {
      const published = behaviour.versions ?? versions;
      const start = (seen.page - 1) * perPage;
      const usual = start + perPage < published.length ? pageAddress(seen.url, origin, seen.page + 1) : undefined;
      const next = behaviour.nextAfter === undefined ? usual : behaviour.nextAfter(seen.page, usual);
      const onPage = published.slice(start, start + perPage);
      return options.answer({ request, versions: onPage, ...(next === undefined ? {} : { next }) });
    };
    requests.push(seen);
    return (await behaviour.instead?.(seen, good)) ?? good();
  }

  const clock = createVirtualClock({ auto: true });
  const server: ServedHandler = await serve((request) => answer(request, server.origin));
  const other = await serve(async (request) => {
    foreign.push(see(request));
    return options.answer({ request, versions: ["9.9.9"] });
  });
  const world = { origin: server.origin, versions, token: "contract-t0ken-that-nobody-may-see", clock, maxPages: 5 };
  try {
    const { source, dispose } = await options.create(world);
    try {
      const behave = (next: ServerBehaviour): void => {
        behaviour = next;
      };
      await test({ ...world, source, clock, requests, foreign, foreignOrigin: other.origin, behave });
    } finally {
      await dispose?.();
    }
  } finally {
    await Promise.all([server.close(), other.close()]);
  }
}

function see(request: Request): SeenRequest {
  const url = new URL(request.url);
  return { url, page: Number(url.searchParams.get(parameter) ?? 1), headers: request.headers };
}

function pageAddress(current: URL, origin: string, page: number): string {
  const url = new URL(current.pathname + current.search, origin);
  url.searchParams.set(parameter, String(page));
  return url.href;
}
