import { BayplanError } from "../errors.ts";
import { comparePep440, comparePep440Release, comparePublicPep440 } from "./pep440-compare.ts";
import { isPep440Prerelease, type Pep440Version, parsePep440, pep440Suffix, pythonSpace } from "./pep440-version.ts";

/** One clause of a specifier: `>=3.14`, `==3.14.*`, `===anything`. */
export interface Pep440Specifier {
  readonly operator: "~=" | "==" | "!=" | "<=" | ">=" | "<" | ">" | "===";
  /** What follows the operator, as written. */
  readonly text: string;
  /** The version named; only `===` may name something that is none. */
  readonly version: Pep440Version | undefined;
  /** Whether it ends in `.*`. */
  readonly isPrefix: boolean;
}

const maxLength = 4096;
const release = "v?(?:[0-9]+!)?[0-9]+(?:\\.[0-9]+)*";
const local = "(?:\\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?";
const suffix = pep440Suffix.replaceAll(/\?<\w+>/g, "?:");
const clause = new RegExp(
  `^(?:(?<identity>===)${pythonSpace}*(?<any>[^;)]*)` +
    `|(?<equality>==|!=)${pythonSpace}*(?<equal>${release}(?:\\.\\*|${suffix}${local}))` +
    `|(?<compatible>~=)${pythonSpace}*(?<series>v?(?:[0-9]+!)?[0-9]+(?:\\.[0-9]+)+${suffix})` +
    `|(?<ordered><=|>=|<|>)${pythonSpace}*(?<bound>${release}${suffix}))$`,
  "i",
);
const outerSpace = new RegExp(`^${pythonSpace}+|${pythonSpace}+$`, "g");
const anySpace = new RegExp(pythonSpace);

/**
 * The clauses of a specifier, which are separated by commas; none for an empty text, which admits everything.
 *
 * @throws BayplanError `INVALID_INPUT` for a clause that PyPA refuses, naming it, or a text over 4096 characters.
 */
export function parsePep440Specifiers(text: string): readonly Pep440Specifier[] {
  if (text.length > maxLength) {
    throw new BayplanError(
      "INVALID_INPUT",
      `A version specifier may have ${maxLength} characters, this has ${text.length}.`,
    );
  }
  const clauses = text.split(",").map((part) => part.replaceAll(outerSpace, ""));
  return clauses.filter((part) => part !== "").map((part) => parseClause(part, text));
}

/** Whether the version fits the clause. Whether pre-releases are wanted at all is not asked here. */
export function fitsPep440Specifier(version: Pep440Version, specifier: Pep440Specifier): boolean {
  const named = specifier.version;
  if (specifier.operator === "===") return version.raw.toLowerCase() === specifier.text.toLowerCase();
  if (named === undefined) return false;
  switch (specifier.operator) {
    case "==":
      return isEqual(version, named, specifier.isPrefix);
    case "!=":
      return !isEqual(version, named, specifier.isPrefix);
    case "~=":
      return comparePublicPep440(version, named) >= 0 && hasPrefix(version, named, named.release.length - 1);
    case "<=":
      return comparePublicPep440(version, named) <= 0;
    case ">=":
      return comparePublicPep440(version, named) >= 0;
    case "<":
      return isBelow(version, named);
    case ">":
      return isAbove(version, named);
  }
}

/** Whether the clause itself names a pre-release, which admits pre-releases. What is excluded (`!=`) admits nothing. */
export function namesPrerelease(specifier: Pep440Specifier): boolean {
  if (specifier.operator === "!=" || specifier.version === undefined) return false;
  return isPep440Prerelease(specifier.version);
}

function parseClause(part: string, whole: string): Pep440Specifier {
  const groups = clause.exec(part)?.groups ?? {};
  const operator = groups["identity"] ?? groups["equality"] ?? groups["compatible"] ?? groups["ordered"];
  const text = groups["any"] ?? groups["equal"] ?? groups["series"] ?? groups["bound"];
  if (operator === undefined || text === undefined || (operator === "===" && anySpace.test(text))) {
    throw new BayplanError(
      "INVALID_INPUT",
      `${JSON.stringify(part)} in ${JSON.stringify(whole)} is no version specifier. Expected an operator (==, !=, <=, >=, <, >, ~=, ===) and a version, for example >=3.14,<3.15 or ==3.14.*.`,
    );
  }
  const isPrefix = operator !== "===" && text.endsWith(".*");
  const version = parsePep440(isPrefix ? text.slice(0, -2) : text);
  return { operator: operator as Pep440Specifier["operator"], text, version, isPrefix };
}

function isEqual(version: Pep440Version, named: Pep440Version, isPrefix: boolean): boolean {
  if (isPrefix) return hasPrefix(version, named, named.release.length);
  // A local label counts only where the clause names one.
  return (named.local === undefined ? comparePublicPep440 : comparePep440)(version, named) === 0;
}

function hasPrefix(version: Pep440Version, named: Pep440Version, length: number): boolean {
  if (version.epoch !== named.epoch) return false;
  return comparePep440Release(version.release.slice(0, length), named.release.slice(0, length)) === 0;
}

/** Below, but no pre-release of the named version itself: `<3.15` is not meant to admit 3.15.0rc1. */
function isBelow(version: Pep440Version, named: Pep440Version): boolean {
  if (comparePublicPep440(version, named) >= 0) return false;
  if (isPep440Prerelease(named) || !isPep440Prerelease(version) || !isSameRelease(version, named)) return true;
  // What leads up to a post release is its own development release; 3.15.0rc1 lies well below 3.15.0.post1.
  return named.post !== undefined && (version.pre !== undefined || version.post !== named.post);
}

/** Above, but neither a post release nor a local build of the named version itself. */
function isAbove(version: Pep440Version, named: Pep440Version): boolean {
  if (comparePublicPep440(version, named) <= 0) return false;
  if (named.post !== undefined || named.dev !== undefined || version.post === undefined) return true;
  return !isSameRelease(version, named) || !isSamePhase(version, named);
}

function isSameRelease(left: Pep440Version, right: Pep440Version): boolean {
  return left.epoch === right.epoch && comparePep440Release(left.release, right.release) === 0;
}

function isSamePhase(left: Pep440Version, right: Pep440Version): boolean {
  return left.pre?.phase === right.pre?.phase && left.pre?.number === right.pre?.number;
}
