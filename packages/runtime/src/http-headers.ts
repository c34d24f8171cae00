/** Response headers, read without regard to case. */
export interface HttpHeaders {
  /** The value, several ones joined by `", "`; `undefined` when the header was not sent. */
  get(name: string): string | undefined;
  /** Each value as sent where the transport keeps them apart (an injected `fetch` joins them). */
  getAll(name: string): readonly string[];
}

/** Headers over a record with lower-case names, as undici gives it. */
export function headersFromRecord(record: Readonly<Record<string, string | string[] | undefined>>): HttpHeaders {
  return {
    get: (name) => {
      const value = record[name.toLowerCase()];
      if (typeof value !== "object") return value;
      return value.length === 0 ? undefined : value.join(", ");
    },
    getAll: (name) => {
      const value = record[name.toLowerCase()];
      if (value === undefined) return [];
      return typeof value === "string" ? [value] : value;
    },
  };
}

/** Headers over the `Headers` object of a `fetch` response. */
export function headersFromFetch(headers: { get(name: string): string | null }): HttpHeaders {
  const get = (name: string): string | undefined => headers.get(name) ?? undefined;
  return {
    get,
    getAll: (name) => {
      const value = get(name);
      return value === undefined ? [] : [value];
    },
  };
}
