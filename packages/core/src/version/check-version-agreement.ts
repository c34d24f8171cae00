import { BayplanError } from "../errors.ts";
import { createVersionScheme } from "./create-version-scheme.ts";
import type { VersionScheme } from "./version-scheme.ts";

/** What has to agree. */
export interface DeclaredVersions {
  /** As the VERSION file declares it. */
  readonly file: string;
  /** The Git tag being released, with or without `refs/tags/`. */
  readonly tag: string;
}

/** How versions are compared. */
export interface AgreementOptions {
  /** What stands before the version in the tag, for example `lib/`. A `v` needs no mention. Default none. */
  readonly tagPrefix?: string;
  /** A scheme or its name: two spellings of one version agree. Default: the texts must be the same, `v` aside. */
  readonly scheme?: VersionScheme | string;
}

/**
 * Whether a Git tag and a VERSION file name the same release. A release whose two names differ would publish one under
 * the name of the other, so {@link requireVersionAgreement} is what a pipeline calls.
 */
export function versionsAgree(declared: DeclaredVersions, options: AgreementOptions = {}): boolean {
  const { tagPrefix = "", scheme } = options;
  const tag = declared.tag.replace(/^refs\/tags\//, "");
  if (!tag.startsWith(tagPrefix)) return false;
  const [file, released] = [declared.file.trim(), tag.slice(tagPrefix.length)];
  if (withoutV(file) === withoutV(released)) return file !== "";
  if (scheme === undefined) return false;
  const { parse, compare } = createVersionScheme(scheme);
  const [left, right] = [parse(file), parse(released)];
  if (left === undefined || right === undefined || left.variant !== right.variant) return false;
  return compare(left, right) === 0;
}

/**
 * Stops a release whose Git tag and VERSION file name different versions; returns nothing when they agree.
 *
 * @throws BayplanError `INVALID_INPUT`, with both texts, when {@link versionsAgree} says no.
 */
export function requireVersionAgreement(declared: DeclaredVersions, options: AgreementOptions = {}): void {
  if (versionsAgree(declared, options)) return;
  const { file, tag } = declared;
  throw new BayplanError(
    "INVALID_INPUT",
    `The VERSION file says ${JSON.stringify(file.slice(0, 80))} and the Git tag ${JSON.stringify(tag.slice(0, 80))}. Correct the file, or tag the commit that declares this version.`,
  );
}

function withoutV(text: string): string {
  return text.replace(/^v(?=\d)/, "");
}
