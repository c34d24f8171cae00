/** A project's name as indexes compare it: https://packaging.python.org/en/latest/specifications/name-normalization/ */
export function normalizeProject(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}

/**
 * The version in the name of a distribution file; `undefined` for a file that is no wheel, egg or source archive of the
 * project. `project` is normalised.
 *
 * @see https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
 */
export function versionOfFile(filename: string, project: string): string | undefined {
  const [stem, kind] = splitExtension(filename);
  if (kind === undefined) return undefined;
  if (kind !== "source") {
    const [name = "", version] = stem.split("-");
    return normalizeProject(name) === project && version !== "" ? version : undefined;
  }
  // Older archives have dashes in the name, so the version begins after as much as is the project's name.
  for (let dash = stem.indexOf("-"); dash > 0; dash = stem.indexOf("-", dash + 1)) {
    const version = stem.slice(dash + 1);
    if (normalizeProject(stem.slice(0, dash)) === project && /^[vV]?\d/.test(version)) return version;
  }
  return undefined;
}

function splitExtension(filename: string): readonly [string, "wheel" | "egg" | "source" | undefined] {
  const found = /\.(?:(whl)|(egg)|tar\.(?:gz|bz2|xz|Z)|tgz|tbz|zip)$/.exec(filename);
  if (found === null) return [filename, undefined];
  const kind = found[1] !== undefined ? "wheel" : found[2] !== undefined ? "egg" : "source";
  return [filename.slice(0, found.index), kind];
}
