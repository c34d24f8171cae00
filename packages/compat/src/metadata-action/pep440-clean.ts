import { normalizePep440, type Pep440Version, parsePep440 } from "@bayplan/core";

/** A version that docker/metadata-action takes for PEP 440: as core's, but without white space around it. */
export function parseStrictPep440(text: string): Pep440Version | undefined {
  return /^\s|\s$/.test(text) ? undefined : parsePep440(text);
}

/**
 * The normal form as the action's library writes it. Unlike PyPA it joins the local label by commas and takes every
 * label that JavaScript reads as a number for one.
 */
export function cleanPep440(version: Pep440Version): string {
  const { local, ...rest } = version;
  const main = normalizePep440({ ...rest, local: undefined });
  if (local === undefined) return main;
  const segments = local.map((segment) => {
    const number = Number(segment);
    return Number.isNaN(number) ? segment : number;
  });
  return `${main}+${segments.join(",")}`;
}
