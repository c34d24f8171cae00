import type { CiAdapter } from "./ci.ts";
import type { Clock } from "./clock.ts";
import type { Journal } from "./journal.ts";
import type { RegistryAdapter } from "./registry.ts";
import type { VersionSource } from "./version-source.ts";

/** What observing needs from outside. */
export interface ObservePorts {
  /** Each answers for its own hosts; no two for one host. */
  readonly registries: readonly RegistryAdapter[];
  /** By the name a definition uses. */
  readonly sources: Readonly<Record<string, VersionSource>>;
  readonly clock: Clock;
}

/** What executing needs from outside. */
export interface ExecutePorts {
  readonly registries: readonly RegistryAdapter[];
  /** Builds and tests run here. Plans without them need none. */
  readonly ci?: CiAdapter;
  /** Where it is noted what is done. Never needed: when it fails, the result says so and nothing else changes. */
  readonly journal?: Journal;
  readonly clock: Clock;
}
