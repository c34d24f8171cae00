/** What every client of the slow link is to do. */
export interface ClientJob {
  /** Host and port of the registry. */
  readonly host: string;
  /** Authority of the registry's certificate, PEM. */
  readonly ca: string;
  readonly references: readonly (readonly [repository: string, tag: string])[];
  readonly inFlight: number;
  /** Whether Bayplan starts with that many and stays there, or decides for itself. */
  readonly isFixed: boolean;
  /** Whether all references are handed over at once. Only where the adapter can. */
  readonly atOnce: boolean;
}

/** How long it took, from the first line of work to the last answer; starting Node and loading modules excluded. */
export interface ClientTime {
  readonly seconds: number;
}
