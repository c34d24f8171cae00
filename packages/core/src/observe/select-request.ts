import type { VersionRequest } from "../definition/family.ts";
import type { Instant } from "../instant.ts";
import type { Reason } from "../reason.ts";
import { createVersionScheme } from "../version/create-version-scheme.ts";
import { selectVersion } from "../version/select-version.ts";
import type { ReleaseState } from "./release-state.ts";

/** The version a request comes to, or why there is none. */
export type SelectedVersion =
  | { readonly state: "picked"; readonly version: string; readonly reason: Reason }
  | { readonly state: "unresolved"; readonly reason: Reason };

/**
 * Picks the version of a request from what its source listed; one that is fixed needs no source. `undefined` while the
 * source was not asked yet.
 */
export function selectRequest(
  request: VersionRequest & { readonly variant?: string },
  state: Pick<ReleaseState, "sources">,
  now: Instant,
): SelectedVersion | undefined {
  const { source } = request;
  if (request.fixed !== undefined) {
    return { state: "picked", version: request.fixed, reason: { code: "version-given", version: request.fixed } };
  }
  const fact = Object.hasOwn(state.sources, source) ? state.sources[source] : undefined;
  if (fact === undefined) return undefined;
  if (fact.state === "unknown") {
    return unresolved({ code: "source-failed", source, error: fact.error, message: fact.message });
  }
  const line = request.line === undefined ? {} : { line: request.line };
  const scheme = createVersionScheme(request.scheme);
  const { minimumAgeDays, variant = "" } = request;
  const selector = { ...request, scheme, variant };
  const selection = selectVersion(fact.candidates, selector, now, fact.completeness);
  switch (selection.state) {
    case "picked": {
      const version = selection.version.raw;
      return { state: "picked", version, reason: { code: "version-selected", ...line, source, version } };
    }
    case "held":
      return unresolved({ code: "version-held", source, version: selection.version.raw, minimumAgeDays });
    case "ambiguous":
      return unresolved({
        code: "version-ambiguous",
        source,
        candidates: selection.versions.map((version) => version.raw),
      });
    case "incomplete":
      return unresolved({ code: "source-incomplete", source });
    case "error":
      return unresolved({ code: "version-request-invalid", source, message: selection.message });
    case "none":
      return unresolved({ code: "no-version", source, ...line, rejected: selection.rejected.length });
  }
}

function unresolved(reason: Reason): SelectedVersion {
  return { state: "unresolved", reason };
}
